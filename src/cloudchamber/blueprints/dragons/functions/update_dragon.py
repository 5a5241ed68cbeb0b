"""PUT /dragons/{id}"""

import json

import data_file
from answering import answers, forget_lists, note
from checking import check_name_is_free, cleaned, the_one


@answers
def handler(event, context):
    dragon_id = event["pathParameters"]["id"]
    given = {"description": "", **cleaned(json.loads(event["body"]))}

    def update(dragons):
        dragon = the_one(dragons, dragon_id)
        check_name_is_free(dragons, given["name"], but=dragon_id)
        dragon.update(given)
        return dragon

    dragon = data_file.change(update)
    forget_lists(event)
    note("dragon updated", event, dragon)
    return 200, dragon
