"""The report as one HTML file: tables, interactive curves and sound, with nothing to install."""
