"""OneRoster 1.2 as a provider: ``/ims/oneroster/{rostering|gradebook|resources}/v1p2``, made from one table.

Errors here have the form of the standard (``imsx_StatusInfo``), not that of the other addresses (RFC 9457).
"""

from gateway.web.oneroster.answers import ONEROSTER, status_info
from gateway.web.oneroster.views import oneroster_blueprint

__all__ = ["ONEROSTER", "oneroster_blueprint", "status_info"]
