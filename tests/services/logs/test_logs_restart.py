"""What is written is there after a restart, with the tokens that were given out."""

from cloudchamber.config import Config
from cloudchamber.testing import RunningCloud
from tests.services.calls import refused
from tests.services.logs.logs_calls import messages, put


def test_events_settings_and_tokens_survive_a_restart(tmp_path):
    first = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    first.clock.freeze()
    now = int(first.clock.now() * 1000)
    logs = first.session("123456789012").client("logs")
    logs.create_log_group(logGroupName="g", tags={"a": "b"})
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    put(logs, now, *"abc")
    page = logs.get_log_events(logGroupName="g", logStreamName="s", limit=2, startFromHead=True)
    first.stop()

    second = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    try:
        logs = second.session("123456789012").client("logs")
        rest = logs.get_log_events(
            logGroupName="g", logStreamName="s", startFromHead=True, nextToken=page["nextForwardToken"]
        )
        assert messages(rest) == ["c"]
        put(logs, now, "d")
        assert messages(logs.filter_log_events(logGroupName="g")) == ["a", "d", "b", "c"]
        with refused("ResourceAlreadyExistsException", "The specified log group already exists"):
            logs.create_log_group(logGroupName="g")
        second.clock.advance(26 * 3600)
        found = logs.describe_log_groups()["logGroups"][0]
        assert (found["retentionInDays"], found["storedBytes"]) == (1, 0)
    finally:
        second.stop()
