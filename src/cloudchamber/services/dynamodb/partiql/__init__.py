"""PartiQL for DynamoDB: statements read from text, and what they ask of a table. Pure, synchronous, no I/O.

`parser` makes `statements` of a text, once, with the trees that expressions are made of; parameters are put into their
places for each request. `planning` finds the key in a statement's conditions: a SELECT becomes ranges of rows or a
scan, INSERT, UPDATE and DELETE become a `Write`. `policy` says what IAM is asked.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""
