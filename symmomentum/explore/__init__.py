"""A page to play with: the theory of a method as sliders and views, from the expressions that were proved.

Examples
--------
>>> from symmomentum.explore import explore
>>> explore("heavy-ball")
<page that begins with heavy-ball>
"""

from symmomentum.explore.page import Page, check_browser, check_page_target, explore

__all__ = ["Page", "check_browser", "check_page_target", "explore"]
