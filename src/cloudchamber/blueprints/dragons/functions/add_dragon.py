"""POST /dragons"""

import json
import uuid

import data_file
from answering import answers, forget_lists, note, notify
from checking import check_name_is_free, cleaned


@answers
def handler(event, context):
    dragon = {"id": uuid.uuid4().hex, "description": "", **cleaned(json.loads(event["body"]))}

    def add(dragons):
        check_name_is_free(dragons, dragon["name"])
        dragons.append(dragon)

    data_file.change(add)
    forget_lists(event)
    note("dragon added", event, dragon)
    notify(event, dragon)
    return 201, dragon
