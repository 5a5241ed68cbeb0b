"""Velocity templates, as Apache Velocity 1.7 runs them: parsed once, rendered within bounds.

Pure: a template sees the values it is handed and nothing else. `parser.py` makes closures of text, `expressions.py`
those of what stands in directives, `values.py` has the methods that Java's strings, lists and maps have there.
https://velocity.apache.org/engine/1.7/vtl-reference.html
"""

from cloudchamber.core.velocity.parser import Template, parse
from cloudchamber.core.velocity.running import Limits, TemplateError
from cloudchamber.core.velocity.values import Tool, to_text

__all__ = ["Limits", "Template", "TemplateError", "Tool", "parse", "to_text"]
