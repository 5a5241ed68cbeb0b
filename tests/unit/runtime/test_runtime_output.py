"""The lines of a log: order, pieces of lines, the tail."""

from __future__ import annotations

import asyncio
import os

from cloudchamber.runtime import output
from cloudchamber.runtime.log_lines import Report, TextLines
from cloudchamber.runtime.output import Output


def test_what_was_printed_comes_before_what_the_platform_says():
    async def run() -> tuple[list[str], bytes]:
        seen: list[str] = []
        made = Output(lambda: 0.0, lambda lines: seen.extend(text for _, text in lines))
        os.write(made.writer, b"before\n")
        made.begin()
        os.write(made.writer, b"one\ntwo\nthr")
        os.write(made.writer, b"ee")
        made.say("END")
        tail = made.taken_tail()
        made.close_writer()
        made.close()
        return seen, tail

    seen, tail = asyncio.run(run())
    assert seen == ["before", "one", "two", "three", "END"]
    assert tail == b"one\ntwo\nthree\nEND\n"


def test_the_tail_is_the_last_four_kilobytes():
    async def run() -> bytes:
        made = Output(lambda: 0.0, lambda lines: None)
        made.begin()
        for number in range(3000):
            os.write(made.writer, b"%04d\n" % number)
        made.say()
        tail = made.taken_tail()
        made.close_writer()
        made.close()
        return tail

    tail = asyncio.run(run())
    assert len(tail) == output.TAIL_BYTES_MAX
    assert tail.endswith(b"2998\n2999\n")


def test_billed_is_every_millisecond_begun():
    assert [output.billed_ms(seconds) for seconds in (0.0, 0.0005, 0.001, 0.0011)] == [1, 1, 1, 2]


def test_a_report_in_awss_form():
    assert TextLines().report(Report("r", 0.01234, 13, 128, 40, 0.005, "")) == (
        "REPORT RequestId: r\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t"
        "Init Duration: 5.00 ms\t"
    )
