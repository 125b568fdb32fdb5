"""The whole road on a made-up school: `gateway demo`.

``scenario`` chooses days and people, ``processes`` starts the gateway and the outside world as programs of their own,
``preparation`` sets up an installation in a folder, ``road`` walks the six steps and checks what came of them.
"""
