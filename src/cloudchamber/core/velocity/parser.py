"""Templates: text with references and directives in it, made into closures.

White space is as Velocity has it: `#set` takes the blanks before it on its line, and every directive's closing bracket,
`#else` and `#end` take the rest of their line if it is blank.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from cloudchamber.core.velocity import values
from cloudchamber.core.velocity.expressions import Expressions
from cloudchamber.core.velocity.running import Break, Evaluate, Limits, Render, Run, Stop, TemplateError

TEMPLATE_CHARS_MAX = 1024 * 1024
_MARK = re.compile(r"(\\*)([$#])")
_DIRECTIVE = re.compile(r"#(?:([a-zA-Z]\w*)|\{([a-zA-Z]\w*)\})", re.ASCII)
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_BLANKS = re.compile(r"[ \t]*\Z")
_MACRO = re.compile(r"#macro\s*\(\s*(\w+)", re.ASCII)
_WORD = re.compile(r"\s*\$?(\w+)", re.ASCII)
_ENDS = frozenset({"end", "else", "elseif"})
_KNOWN = frozenset({"set", "if", "foreach", "break", "stop", "macro", *_ENDS})
_REFUSED = frozenset({"evaluate", "parse", "include", "define"})


class Template:
    """A template that was parsed. It keeps nothing between two renderings."""

    __slots__ = ("_limits", "_render", "_shows_undefined")

    def __init__(self, render: Render, limits: Limits, *, shows_undefined: bool) -> None:
        self._render = render
        self._limits = limits
        self._shows_undefined = shows_undefined

    def render(self, variables: dict[str, Any]) -> str:
        """What it writes. `variables` are changed by what it sets. TemplateError."""
        run = Run(variables, self._limits, shows_undefined=self._shows_undefined)
        try:
            self._render(run)
        except (Stop, Break):
            pass
        except RecursionError:
            raise TemplateError("nested too deeply") from None
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TemplateError(f"{type(error).__name__}: {error}") from None
        return "".join(run.out)


@lru_cache(maxsize=1024)
def parse(text: str, limits: Limits = Limits(), *, shows_undefined: bool = True) -> Template:  # noqa: B008 - frozen
    """A template ready to be rendered. TemplateError."""
    if len(text) > TEMPLATE_CHARS_MAX:
        raise TemplateError("the template is too large")
    try:
        return Template(_Parser(text).whole(), limits, shows_undefined=shows_undefined)
    except RecursionError:
        raise TemplateError("nested too deeply") from None


class _Parser(Expressions):
    def __init__(self, text: str, depth: int = 0, macros: frozenset[str] | None = None) -> None:
        super().__init__(text, depth)
        self.macros = frozenset(_MACRO.findall(text)) if macros is None else macros

    def whole(self) -> Render:
        render, end = self.block()
        if end:
            raise self.fail(f"#{end} without #if or #foreach")
        return render

    def template(self, text: str) -> Render:
        return _Parser(text, self.depth + 1, self.macros).whole()

    def block(self) -> tuple[Render, str]:
        """Up to the end or a directive that ends it, whose name is the second; it has been taken."""
        self.nested()
        pieces: list[Render] = []
        while True:
            mark = _MARK.search(self.text, self.at)
            if mark is None:
                self._add(pieces, self.text[self.at :])
                self.at = len(self.text)
                self.depth -= 1
                return _sequence(pieces), ""
            text = self.text[self.at : mark.start(1)]
            self.at = mark.start(2)
            end = self._piece(pieces, text, len(mark[1]))
            if end:
                self.depth -= 1
                return _sequence(pieces), end

    @staticmethod
    def _add(pieces: list[Render], text: str) -> None:
        if text:
            pieces.append(lambda run: run.write(text))

    def _piece(self, pieces: list[Render], text: str, slashes: int) -> str:
        """What begins at a dollar sign or a hash, after some text and backslashes. The name of what ends the block."""
        begun = self.at
        if self.text[begun] == "$":
            reference = self.reference()
            if reference is None:
                self.at = begun + 1
                self._add(pieces, f"{text}{chr(92) * slashes}$")
            elif slashes % 2:
                self._add(pieces, text + "\\" * (slashes // 2) + reference.source)
            else:
                self._add(pieces, text + "\\" * (slashes // 2))
                pieces.append(reference.render)
            return ""
        name = self._directive()
        if slashes % 2 and name:
            self._add(pieces, text + "\\" * (slashes // 2) + self.text[begun : self.at])
            return ""
        if name == "set":
            text = _BLANKS.sub("", text)
        self._add(pieces, text + "\\" * (slashes // 2 if name else slashes))
        if name in _ENDS:
            if name != "elseif":
                self._rest_of_line()
            return name
        if name:
            pieces.append(self._built(name))
        elif not self._comment():
            self._add(pieces, "#")
            self.at = begun + 1
            return ""
        return self._literal(pieces, begun)

    def _literal(self, pieces: list[Render], begun: int) -> str:
        if self.text.startswith("#[[", begun):
            self._add(pieces, self.text[begun + 3 : self.at - 3])
        return ""

    def _directive(self) -> str:
        """The name of the directive or macro that begins here, which is taken; empty if there is none."""
        match = _DIRECTIVE.match(self.text, self.at)
        if match is None:
            return ""
        name = match[1] or match[2]
        if match[1] and name not in _KNOWN:  # `#elsefoo` is #else, then text
            name = next((known for known in ("else", "end") if name.startswith(known)), name)
        if name in _REFUSED and self.text.startswith("(", match.end()):
            raise self.fail(f"#{name} is not supported")
        if name not in _KNOWN and name not in self.macros:
            return ""
        self.at += len(name) + (3 if match[2] else 1)
        return name

    def _comment(self) -> bool:
        """Take a comment or a piece of literal text. False if it is none."""
        text, at = self.text, self.at
        if text.startswith("##", at):
            match = re.compile(r"[^\r\n]*(\r\n|\r|\n)?").match(text, at)
            assert match is not None
            self.at = match.end()
            return True
        for begin, end in (("#*", "*#"), ("#[[", "]]#")):
            if text.startswith(begin, at):
                found = text.find(end, at + len(begin))
                if found < 0:
                    raise self.fail(f"{begin} does not end")
                self.at = found + len(end)
                return True
        return False

    def _rest_of_line(self) -> None:
        match = _REST_OF_LINE.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    # directives

    def _built(self, name: str) -> Render:
        if name == "set":
            return self._set()
        if name == "if":
            return self._if()
        if name == "foreach":
            return self._foreach()
        if name == "macro":
            return self._macro()
        if name in ("break", "stop"):
            self._rest_of_line()
            return _raising(Break if name == "break" else Stop)
        return self._call(name)

    def _close(self) -> None:
        self.expect(")")
        self._rest_of_line()

    def _body(self) -> Render:
        render, end = self.block()
        if end != "end":
            raise self.fail("#end is missing")
        return render

    def _set(self) -> Render:
        self.expect("(")
        self.space()
        target = self.reference()
        if target is None or (target.accesses and target.last is None):
            raise self.fail("#set needs something that can be set")
        self.expect("=")
        value = self.expression()
        self._close()

        def render(run: Run) -> None:
            run.step()
            target.assign(run, value(run))

        return render

    def _if(self) -> Render:
        branches: list[tuple[Evaluate | None, Render]] = []
        end = "elseif"
        while end != "end":
            condition: Evaluate | None = None
            if end == "elseif":
                self.expect("(")
                condition = self.expression()
                self._close()
            elif branches and branches[-1][0] is None:
                raise self.fail("#else twice")
            block, end = self.block()
            if not end:
                raise self.fail("#end is missing")
            branches.append((condition, block))

        def render(run: Run) -> None:
            run.step()
            for condition, block in branches:
                if condition is None or values.is_true(condition(run)):
                    block(run)
                    return

        return render

    def _foreach(self) -> Render:
        self.expect("(")
        self.space()
        name = self.reference()
        word = _WORD.match(self.text, self.at)
        if name is None or name.accesses or word is None or word[1] != "in":
            raise self.fail("#foreach needs `$name in list`")
        self.at = word.end()
        source = self.expression()
        self._close()
        body = self._body()

        def render(run: Run) -> None:
            items = values.iterable(source(run))[: run.limits.iterations_max]
            kept = {key: run.variables.get(key) for key in (name.name, "foreach", "velocityCount", "velocityHasNext")}
            try:
                for at, item in enumerate(items):
                    run.step()
                    run.variables[name.name] = item
                    _count(run, at, len(items), kept["foreach"])
                    body(run)
            except Break:
                pass
            finally:
                run.variables.update(kept)

        return render

    def _macro(self) -> Render:
        self.expect("(")
        names: list[str] = []
        while not self.take(")"):
            self.take(",")
            word = _WORD.match(self.text, self.at)
            if word is None:
                raise self.fail("a macro needs names")
            self.at = word.end()
            names.append(word[1])
        self._rest_of_line()
        body = self._body()

        def render(run: Run) -> None:
            run.macros.setdefault(names[0], (names[1:], body))

        return render

    def _call(self, name: str) -> Render:
        arguments: list[Evaluate] = []
        if self.take("("):
            while not self.take(")"):
                self.take(",")
                arguments.append(self.expression(6))
            self._rest_of_line()

        def render(run: Run) -> None:
            run.step()
            if name not in run.macros:
                return
            names, body = run.macros[name]
            given = [argument(run) for argument in arguments]
            kept = {key: run.variables.get(key) for key in names}
            run.depth += 1
            if run.depth > run.limits.depth_max:
                raise TemplateError(f"#{name} calls itself too often")
            try:
                run.variables.update({key: given[at] if at < len(given) else None for at, key in enumerate(names)})
                body(run)
            finally:
                run.depth -= 1
                run.variables.update(kept)

        return render


def _count(run: Run, at: int, size: int, parent: Any) -> None:
    has_next = at + 1 < size
    run.variables["foreach"] = {
        "count": at + 1, "index": at, "hasNext": has_next, "first": at == 0, "last": not has_next, "parent": parent,
    }  # fmt: skip
    run.variables["velocityCount"], run.variables["velocityHasNext"] = at + 1, has_next


def _sequence(pieces: list[Render]) -> Render:
    if len(pieces) == 1:
        return pieces[0]

    def render(run: Run) -> None:
        for piece in pieces:
            piece(run)

    return render


def _raising(kind: type[Exception]) -> Render:
    def render(run: Run) -> None:
        raise kind

    return render
