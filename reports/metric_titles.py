"""What metrics are called in figures, tables and files, their units there, and their digits.

A metric of another package goes by its own name, with two digits after the point.
"""

from __future__ import annotations

from dataclasses import dataclass

from codecbench.files import file_name


@dataclass(frozen=True)
class Title:
    """How a metric is shown.

    long: as the title of a panel. short: as the heading of a column. unit: that of shown values.
    scale: what a stored value is multiplied by to be shown. digits: after the point of a shown
    value, where no interval says how many it has.
    """

    long: str
    short: str
    unit: str = ""
    scale: float = 1.0
    digits: int = 2


TITLES = {
    "mel": Title("Mel distance", "Mel"),
    "stft": Title("STFT distance", "STFT"),
    "l1": Title("Waveform L1", "L1", digits=4),
    "si_sdr": Title("SI-SDR", "SI-SDR", "dB"),
    "si_sdr_side": Title("SI-SDR of the side signal", "SI-SDR, side", "dB"),
    "visqol": Title("ViSQOL, audio", "ViSQOL", "MOS"),
    "visqol_speech": Title("ViSQOL, speech", "ViSQOL speech", "MOS"),
    "pesq_wb": Title("PESQ, wideband", "PESQ wb", "MOS"),
    "pesq_nb": Title("PESQ, narrowband", "PESQ nb", "MOS"),
    "stoi": Title("STOI", "STOI", digits=3),
    "estoi": Title("ESTOI", "ESTOI", digits=3),
    "bandwidth_hz": Title("Surviving bandwidth", "Surviving bandwidth", "kHz", 1e-3),
    "bandwidth_reference_hz": Title(
        "Bandwidth of the reference", "Reference's bandwidth", "kHz", 1e-3
    ),
    "codebook_usage": Title("Codebook usage", "Codebook usage", "%", 100, 1),
    "bitrate_efficiency": Title("Bitrate efficiency", "Bitrate efficiency", "%", 100, 1),
    "rtf_encode": Title("Encoding", "Encoding", "s/s", digits=4),
    "rtf_decode": Title("Decoding", "Decoding", "s/s", digits=4),
    "header_bytes": Title("Header", "Header", "byte", digits=0),
    "clipped_samples": Title("Clipped samples", "Clipped samples", digits=1),
    "delay_samples": Title("Delay that was undone", "Delay", "samples", digits=0),
    "inverted_channels": Title("Channels of inverted polarity", "Inverted", digits=0),
    "missing_start_ms": Title("Missing at the start", "Missing, start", "ms", digits=1),
    "missing_end_ms": Title("Missing at the end", "Missing, end", "ms", digits=1),
}


def title_of(metric: str, unit: str = "") -> Title:
    """The titles of a metric; one of another package is called what it calls itself."""
    return TITLES.get(metric) or Title(metric, metric, unit)


def protocol_suffix(protocol: str) -> str:
    """What tells a metric under another protocol than the paper's from the paper's own."""
    return "" if protocol in ("", "fixed", "paper") else f", {protocol} rate"


def metric_file(metric: str, protocol: str) -> str:
    """A metric in the name of a file; the protocol follows where it is not the usual one."""
    return f"{file_name(metric)}-{protocol}" if protocol_suffix(protocol) else file_name(metric)
