"""Nothing that a rater's browser receives tells one stimulus from another.

Everything on the wire is recorded through two raters' whole tests, then searched as somebody would
who wants to cheat: names, sizes before and after compression, headers, hashes, order.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from live_server import LiveServer, serving
from playwright.sync_api import Browser, Response
from rater_hands import Hands, rater
from small_test import write_small_test

from codecbench.listening_test.test_file import ListeningTest, Pages

SECRETS = re.compile(
    r"anchor|hidden_|opus|\bdac\b|lowpass|\b[37][05]00\b|\.wav|stimuli|condition", re.IGNORECASE
)
"""Words of the design that no answer of the server's may hold, file names and bitrates included."""

RANDOM = re.compile(r"[\w-]{24,}")
"""Tokens and hashes, in which any short word may stand by chance."""

CHANGING = {"date", "content-length"}


@dataclass(frozen=True)
class Received:
    """One answer of the server. place: of the rater's own address, without the token."""

    rater: int
    place: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Recording:
    test: ListeningTest
    answers: list[Received]
    documents: list[str]

    def pages(self, rater: int) -> list[dict[str, Any]]:
        """The trials that a rater was shown."""
        found = [json.loads(a.body) for a in self.of(rater, "api/page")]
        return [page for page in found if page["kind"] == "trial"]

    def of(self, rater: int, start: str) -> list[Received]:
        return [a for a in self.answers if a.rater == rater and a.place.startswith(start)]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Recording:
    """Two raters from the link to the thanks, all their answers and documents."""
    folder = tmp_path_factory.mktemp("blind")
    pages = Pages(level_setting=False, headphone_check="off")
    test = write_small_test(folder, items=2, training=1, duration_s=0.6, pages=pages)
    answers: list[Received] = []
    documents: list[str] = []
    with serving(folder) as server:
        for number in range(2):
            with rater(browser) as hands:
                hands.page.on("response", partial(keep, number, answers))
                go_through(hands, server, documents)
    return Recording(test, answers, documents)


def keep(rater: int, answers: list[Received], response: Response) -> None:
    place = re.sub(r"^https?://[^/]+/(r/[^/]+/)?", "", response.url)
    body = b"" if response.status in (204, 303) else response.body()
    answers.append(Received(rater, place, response.all_headers(), body))


def go_through(hands: Hands, server: LiveServer, documents: list[str]) -> None:
    page = hands.page
    hands.join(server.invite())
    hands.to_first_trial()
    for _ in range(3):
        hands.trial()
        page.keyboard.press("r")
        for number in range(1, 6):
            page.keyboard.press(str(number))
            page.wait_for_selector(f".column:nth-child({number}).playing input:focus")
            page.keyboard.press("PageUp")
        documents.append(page.content())
        here = page.locator(".progress-words").inner_text()
        page.locator(".next").click()
        page.wait_for_function(
            "here => document.querySelector('.progress-words').innerText !== here", arg=here
        )
    hands.heading("Thank you")


def sounds(recording: Recording) -> list[Received]:
    return [a for a in recording.answers if a.place.startswith("audio/")]


def test_all_trials_were_recorded(recording: Recording) -> None:
    """Each sound of each trial once: the open reference and five stimuli, of three trials."""
    for number in range(2):
        assert len(recording.pages(number)) == 3
        assert len(recording.of(number, "audio/")) == 3 * 6


def test_no_answer_and_no_document_names_the_design(recording: Recording) -> None:
    texts = [
        (answer.place, answer.body.decode())
        for answer in recording.answers
        if not answer.place.startswith(("audio/", "static/"))
    ]
    texts += [(f"document {n}", text) for n, text in enumerate(recording.documents)]
    texts += [(a.place, f"{a.place} {a.headers}") for a in recording.answers]
    names = [item.id for item in (*recording.test.items, *recording.test.training_items)]
    hashes = [stimulus.sha256 for item in recording.test.items for stimulus in item.stimuli]
    for place, text in texts:
        plain = RANDOM.sub("", text)
        assert not SECRETS.search(plain), (place, SECRETS.search(plain))
        assert not [name for name in names if name in plain], place
        assert not [value for value in hashes if value in text], place


def test_all_sounds_of_a_page_have_one_size_even_compressed(recording: Recording) -> None:
    sizes = {len(answer.body) for answer in sounds(recording)}
    assert len(sizes) == 1
    # Masked sound is noise: no compression tells a low-passed one by its size.
    packed = [len(gzip.compress(answer.body, 9)) for answer in sounds(recording)]
    assert min(packed) > next(iter(sizes))
    assert max(packed) - min(packed) <= 16


def test_all_sounds_have_the_same_headers(recording: Recording) -> None:
    headers = [
        {name: value for name, value in answer.headers.items() if name not in CHANGING}
        for answer in sounds(recording)
    ]
    assert all(one == headers[0] for one in headers)
    assert headers[0]["cache-control"] == "no-store"
    assert not {"etag", "last-modified", "content-disposition"} & set(headers[0])


def test_no_address_key_hash_or_content_comes_twice(recording: Recording) -> None:
    """Not for the hidden and the open reference either, nor for two raters' same stimulus."""
    seen: dict[str, list[Any]] = defaultdict(list)
    for number in range(2):
        for page in recording.pages(number):
            for audio in [page["reference"], *(slot["audio"] for slot in page["slots"])]:
                for name in ("url", "key", "sha256"):
                    seen[name].append(audio[name])
    seen["body"] = [answer.body for answer in sounds(recording)]
    for name, values in seen.items():
        assert len(values) == 2 * 3 * 6, name
        assert len(set(values)) == len(values), name


def test_what_is_said_of_the_slots_differs_in_nothing_else(recording: Recording) -> None:
    for number in range(2):
        for page in recording.pages(number):
            assert [slot["slot"] for slot in page["slots"]] == list(range(5))
            rest = [
                {k: v for k, v in slot["audio"].items() if k not in ("url", "key", "sha256")}
                for slot in page["slots"]
            ]
            assert all(one == rest[0] for one in rest)
            plain = [(slot["score"], slot["revision"], slot["heard"]) for slot in page["slots"]]
            assert set(plain) == {(None, 0, False)}


def test_columns_of_the_page_differ_in_their_number_alone(recording: Recording) -> None:
    """All were graded alike here, so their markup is the same but for the one being heard."""
    for document in recording.documents:
        columns = re.findall(r'<li class="column.*?</li>', document, re.DOTALL)
        assert len(columns) == 5
        alike = {re.sub(r"\b[1-5]\b", "N", column) for column in columns[:4]}
        assert len(alike) == 1


def test_the_page_runs_under_a_strict_policy(recording: Recording) -> None:
    policy = next(a for a in recording.answers if a.place == "").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
