"""Event patterns: EventBridge's rules, SNS's filter policies and Lambda's filter criteria are written in them.

`text` reads JSON and knows where everything stands, `operators` compiles the conditions, `fields` the objects
around them. All of it is pure. Services put refusals in their own words and add the bounds that are theirs.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""
