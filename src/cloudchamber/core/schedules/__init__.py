"""When things are to happen: `rate(…)`, `cron(…)` and `at(…)`, as EventBridge and its Scheduler have them."""
