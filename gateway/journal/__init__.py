"""The journal comes in: batches of lessons, marks, absences and homework from the school's journal system.

``documents`` reads the JSON and the XML form, ``reading`` sets aside the records that are not valid, ``changes`` tells
what a batch would change, ``answer`` is what the sender is told, ``intake`` is the flow through all of them.
"""
