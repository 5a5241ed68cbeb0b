"""GET /dragons, GET /dragons?family=…"""

import data_file
from answering import answers
from checking import family_of


@answers
def handler(event, context):
    family = family_of(event["queryStringParameters"])
    dragons = [dragon for dragon in data_file.read() if family in (None, dragon["family"])]
    return 200, {"dragons": sorted(dragons, key=lambda dragon: dragon["name"].casefold())}
