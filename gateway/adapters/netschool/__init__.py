"""«Сетевой город. Образование»-style platforms (SGO, NetSchool): a class's week read through ``/webapi``.

This is the vendor's own application interface: against a live host it may be used only under an agreement with the
platform's operator. The account must see the diaries of the whole class; which staff accounts of a live platform do is
unknown to us. Attendance is not part of these diaries and is not read.
"""

PLATFORM = "netschool"
