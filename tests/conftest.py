"""Settings shared by all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# Figures are drawn without a screen.
os.environ.setdefault("MPLBACKEND", "Agg")

# No deadline: the first symbolic example of a run pays for imports and caches. The examples depend on the code alone,
# so that a run says something about the code; look for new ones with `--hypothesis-profile=explore`.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("house")
