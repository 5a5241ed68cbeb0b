"""Reading queues and streams for a consumer: what pipes and event source mappings have in common.

`records` and `batches` are pure: events as AWS words them; how a batch is gathered, split, tried again and given up.
`reader` is a task that reads and how it ends, `queues` and `streams` are the two kinds of it. A service derives from
those and says as whom they call, what is done with a batch, and where it is kept how far a stream has been read.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
"""
