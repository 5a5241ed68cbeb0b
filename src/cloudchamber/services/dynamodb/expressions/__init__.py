"""DynamoDB's expression language and the older parameters that say the same: pure, synchronous, no I/O.

What a request says is read by `request.read`, which checks it in DynamoDB's order. Texts are parsed once
(`conditions`, `updates`, `projections`) and kept; both ways of saying a thing become the same tree (`tree`,
`actions`), which PartiQL builds too, and which judges items in wire form. `keys` turns key conditions into ranges.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""
