"""What a dragon may be, beyond what the API's model can say. Pure."""

FAMILIES = ("air", "earth", "fire", "water")
TEXTS = ("name", "city", "country", "description")


class Wrong(Exception):
    """Something that a client has to put right: the status, and what to say."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def cleaned(dragon):
    """The dragon without spaces around its texts. Wrong if nothing is left of one that it needs."""
    made = {key: value.strip() if key in TEXTS else value for key, value in dragon.items()}
    for key in ("name", "city", "country"):
        if not made[key]:
            raise Wrong(400, f"A dragon needs a {key} that is more than spaces.")
    return made


def family_of(query):
    """The family that is asked for; None for all of them."""
    family = (query or {}).get("family")
    if family is not None and family not in FAMILIES:
        raise Wrong(400, f"There is no family {family}: it is one of {', '.join(FAMILIES)}.")
    return family


def check_name_is_free(dragons, name, but=None):
    """Names are unique, whatever their case; `but` is the id of the one that may have it."""
    for dragon in dragons:
        if dragon["name"].casefold() == name.casefold() and dragon["id"] != but:
            raise Wrong(409, f"There is a dragon called {dragon['name']} already.")


def the_one(dragons, dragon_id):
    for dragon in dragons:
        if dragon["id"] == dragon_id:
            return dragon
    raise Wrong(404, f"There is no dragon {dragon_id}.")
