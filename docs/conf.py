"""How Sphinx makes the site from the pages of this folder; README.md of the project has the command."""

import sys
from pathlib import Path

from symmomentum import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

project = "symmomentum"
author = "The symmomentum developers"
copyright = "The symmomentum developers"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "github_markdown",
    "reference",
]
exclude_patterns = ["_build", "README.md"]  # README.md is for those who look at the folder
source_suffix = {".md": "markdown"}

# Markdown --------------------------------------------------------------------------------------------------------------

# Links to headings are those that GitHub makes.
myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "colon_fence"]

# The reference ---------------------------------------------------------------------------------------------------------

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "no-value": True}
autosummary_generate = False  # its tables only; the pages are written by hand
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 100

# Strict ----------------------------------------------------------------------------------------------------------------

nitpicky = True
# No exceptions here. What is no link though it looks like one, is said in extensions/reference.py.

# HTML ------------------------------------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"symmomentum {version}"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
