"""The conformance runner: see ../README.md."""
