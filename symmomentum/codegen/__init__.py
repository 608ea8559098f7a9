"""From theory to source code."""
