"""Prints who the holder of the card is, and where he or she practises. MODULE is the path of the module."""

import os
from getpass import getpass

from pkcs11 import Attribute, ObjectClass, lib

from cryptolib.metier.card import card

wanted = ("CPS_INFO_PS", "CPS_NAME_PS", "CPS_ACTIVITY_")  # not CPS_DATA, which takes a CPS3 seconds
token = next(iter(lib(os.environ["MODULE"]).get_tokens()))
print("card", token.serial.decode())
with token.open(user_pin=getpass("Code porteur: ")) as session:
    items = [(item[Attribute.LABEL], item) for item in session.get_objects({Attribute.CLASS: ObjectClass.DATA})]
    said = card({label: item[Attribute.VALUE] for label, item in items if label.startswith(wanted)})
name = f"{said.author.given_name} {said.author.family_name}" if said.author else "without a name"
print(said.national_identifier, name, "-", said.role)
for practice in said.practices:
    print(practice.number, practice.situation.structure_name, "-", practice.situation.sector)
