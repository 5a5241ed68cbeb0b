"""Velocity: what Apache Velocity 1.7 writes, and that no template hangs or breaks its host."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudchamber.core.velocity import Limits, TemplateError, Tool, parse


def render(text: str, **variables: Any) -> str:
    return parse(text).render(variables)


WRITTEN: list[tuple[str, dict[str, Any], str]] = [
    # references
    ("a@b.c costs $5 or $ or #1", {}, "a@b.c costs $5 or $ or #1"),
    ("$x ${x} $!x $!{x}", {"x": 1}, "1 1 1 1"),
    ("$x ${x} [$!x] [$!{x}] $x.y.z()", {}, "$x ${x} [] [] $x.y.z()"),
    ("$m.a.b $m.get('a').b $m['a']['b']", {"m": {"a": {"b": 2}}}, "2 2 2"),
    ("$l[0] $l.get(1) $l[-1] $l.size()", {"l": ["a", "b", "c"]}, "a b c 3"),
    ("$x.", {"x": "end"}, "end."),
    ("\\$x \\\\$x \\#if", {"x": 1}, "$x \\1 #if"),
    ("$a-b ${a}-b", {"a": 1}, "$a-b 1-b"),
    ("#[[ $x #if(]]# $!x", {}, " $x #if( "),
    # values as Java writes them
    ("$v", {"v": True}, "true"),
    ("$v", {"v": [1, "a", None, {"k": [2]}]}, "[1, a, null, {k=[2]}]"),
    ("$v", {"v": 1.0}, "1.0"),
    ("$v", {"v": 12345678.9}, "1.23456789E7"),
    ("$v", {"v": 0.0001}, "1.0E-4"),
    # set
    ("#set($x = 5)$x", {}, "5"),
    ("#set($x = 'a $y')$x", {"y": 1}, "a $y"),
    ('#set($x = "a $y")$x', {"y": 1}, "a 1"),
    ('#set($x = "say ""hi""")$x', {}, 'say "hi"'),
    ('#set($x = "#if($y)yes#end")$x', {"y": 1}, "yes"),
    ("#set($x = [1, 'b', $y])$x", {"y": 3}, "[1, b, 3]"),
    ("#set($x = {'a': 1, 'b': {'c': [2]}})$x.b.c[0]$x", {}, "2{a=1, b={c=[2]}}"),
    ("#set($m.a = 1)#set($m['b'] = 2)#set($l[0] = 3)$m $l", {"m": {}, "l": [0]}, "{a=1, b=2} [3]"),
    ("#set($x = $none)$x", {"x": "kept"}, "kept"),
    # blanks
    ("a  #set($x = 1)  \nb", {}, "ab"),
    ("a\n#if(true)\n  b\n#else\nc\n#end\nd", {}, "a\n  b\nd"),
    ("a## to the end\nb #* not\nthis *#c", {}, "ab c"),
    # arithmetic and logic
    ("#set($x = 7 / 2)$x", {}, "3"),
    ("#set($x = -7 / 2)$x", {}, "-3"),
    ("#set($x = -7 % 3)$x", {}, "-1"),
    ("#set($x = 2 + 3 * 4 - 1)$x", {}, "13"),
    ("#set($x = (2 + 3) * 4)$x", {}, "20"),
    ("#set($x = 'a' + 1)$x", {}, "a1"),
    ("#set($x = 1.5 + 1)$x", {}, "2.5"),
    ("#set($x = 1 / 0)[$!x]", {}, "[]"),
    ("#if($a && !$b || false)y#{else}n#end", {"a": 1}, "y"),
    ("#if($a == '1')y#{else}n#end", {"a": 1}, "y"),
    ("#if($a.equals('1'))y#{else}n#end", {"a": 1}, "n"),
    ("#if($a > 1 and $a le 3)y#end", {"a": 2}, "y"),
    ("#if('')empty text is true#end", {}, "empty text is true"),
    ("#if($none == $null)y#end", {}, "y"),
    ("#if($a == 1)1#elseif($a == 2)2#{else}3#end", {"a": 2}, "2"),
    # loops and macros
    ("#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", {}, "1,2,3"),
    ("#foreach($i in [3..1])$foreach.index$i #end", {}, "03 12 21 "),
    ("#foreach($i in [1..9])#if($i == 3)#break#end$i#end.", {}, "12."),
    ("#foreach($e in $m.entrySet())$e.key=$e.value;#end", {"m": {"a": 1, "b": 2}}, "a=1;b=2;"),
    ("#foreach($k in $m.keySet())$k#end#foreach($v in $m)$v#end", {"m": {"a": 1, "b": 2}}, "ab12"),
    ("#foreach($i in [1])#foreach($j in [1..2])$foreach.parent.count$velocityCount #end#end", {}, "11 12 "),
    ("#macro(row $a $b)$a=${b};#end#row('x' 1)#row($y, 2)", {"y": "z"}, "x=1;z=2;"),
    ("a#stop b", {}, "a"),
    # methods
    ("$s.length() $s.toUpperCase() $s.substring(1) $s.substring(1, 2)", {"s": "abc"}, "3 ABC bc b"),
    ("$s.replaceAll('[ab](.)', '<$1>') $s.replace('b', '.')", {"s": "abc"}, "<b>c a.c"),
    (r"""$s.replaceAll("\\'", "'")""", {"s": r"it\'s"}, "it's"),
    ("$s.split(',').size() $s.split(',')[1] $s.indexOf('b') $s.contains('a')", {"s": "a,b,,"}, "2 b 2 true"),
    ("$s.trim()|$s.isEmpty()|$s.matches('. .')|$s.startsWith('a')", {"s": "a b "}, "a b|false|false|true"),
    ("$l.add('c') $l.contains('a') $l.indexOf('c') $l.isEmpty() $l", {"l": ["a"]}, "true true 1 false [a, c]"),
    ("$!m.put('a', 1)$m.containsKey('a') $m.size() $m.values() $m.remove('a') $m", {"m": {}}, "true 1 [1] 1 {}"),
    ("$t.shout('a') $t.name $t", {"t": Tool({"shout": str.upper}, {"name": "n"}, "text")}, "A n text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variables", "wanted"), WRITTEN, ids=[text[:50] for text, _, _ in WRITTEN])
def test_what_velocity_writes(text: str, variables: dict[str, Any], wanted: str):
    assert render(text, **variables) == wanted


def test_undefined_references_may_be_written_as_nothing():
    assert parse("[$x] [${x.y}]", shows_undefined=False).render({}) == "[] []"


@pytest.mark.parametrize(
    "text",
    ["#if(true)", "#if(", "#end", "#set($x)", "#set($x = )", "#foreach($x of $y)#end", "#set($x = 'a)", "#* a",
     "#else", "#set($x = [1, 2)", "#set($x.y() = 1)", "#evaluate('$x')", "#if(true)#else#else#end"],
)  # fmt: skip
def test_what_is_no_template_is_refused(text: str):
    with pytest.raises(TemplateError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end",
        "#set($a = 'xxxxxxxxxx')#foreach($i in [1..100])#set($a = \"$a$a\")#end",
        "#set($l = [1])#foreach($i in [1..100])#set($d = $l.addAll($l))#end$l",
        "#set($l = [1])#foreach($i in [1..100])#set($l = [$l, $l])#end$l",
        "#set($l = [1])#set($d = $l.add($l))$l",
        "#macro(m)#m()#end#m()",
        "#set($x = [1..100000000])",
        "#set($s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')$s.matches('(a|aa)+b')",
        "#set($s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')#foreach($i in [1..99])#set($s = $s.replace('a', $s))#end",
        "#set($x = {[1]: 2})",
        "$l.get(9)",
        "$l[9]",
        "$s.substring(9)",
        "$s.replaceAll('(', '')",
        "#if(" + "!" * 5000 + "true)#end",
        "#if(true)" * 3000 + "#end" * 3000,
    ],
)
def test_no_template_does_more_than_it_may(text: str):
    with pytest.raises(TemplateError):
        render(text, l=[1], s="a")


def test_a_loop_goes_round_as_often_as_the_limits_say():
    template = parse("#foreach($i in $l)x#end", Limits(iterations_max=10))
    assert template.render({"l": list(range(50))}) == "x" * 10


PIECES = st.sampled_from([
    "$x", "${x.y}", "$!x[0]", "#set($x = 1)", "#if($x)", "#else", "#elseif(1 > 2)", "#end", "#foreach($i in [1..3])",
    "#macro(m $a)", "#m($x)", "(", ")", "[", "]", "{", "}", '"', "'", "\\", "##", "#*", "*#", "#[[", "]]#", "$x.get(0)",
    "#break", "#stop", "\n", " ", "a", ".", ",", "..", "==", "&&", "-1", "1.5", "$x.replaceAll('a', $x)", "#set(",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(alphabet="$#{}()[]!.\"'\\ ax1\n=,", max_size=40))
def test_any_text_is_a_template_or_a_template_error(text: str):
    try:
        written = render(text, x={"y": ["a"]})
    except TemplateError:
        return
    assert isinstance(written, str)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=50).filter(lambda text: not set(text) & set("$#\\")))
def test_text_without_marks_is_written_as_it_is(text: str):
    assert render(text) == text


@settings(max_examples=200, deadline=None)
@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1).filter(bool))
def test_division_is_javas(a: int, b: int):
    quotient, rest = (
        int(part) for part in render(f"#set($q = {a} / {b})#set($r = {a} % {b})$q $r".replace(" $r", "|$r")).split("|")
    )
    assert quotient * b + rest == a
    assert abs(rest) < abs(b)
    assert rest == 0 or (rest < 0) == (a < 0)
