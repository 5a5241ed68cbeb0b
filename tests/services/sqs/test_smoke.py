def test_a_message_sent_is_received_once(aws):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]] == ["hello"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_hidden_message_returns_after_its_visibility_timeout(aws, frozen_clock):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    frozen_clock.advance(29)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    frozen_clock.advance(1)
    assert sqs.receive_message(QueueUrl=url)["Messages"]
