"""Exports to the education authority: build, check, sign, put into the outbox, note the receipt.

``definitions`` says what leaves and who may see which field; ``performance`` is the flow of the one export there is;
``package`` puts document, signature and manifest into one file; ``receipts`` notes what the recipient answered.
"""
