"""Who may enter: console users, API clients, their tokens; and who of them wants to hear of which child.

Logins, client ids and token digests are unique in the whole installation: who knocks has not said from which school.
"""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from gateway.storage.tables.columns import ID, Json, UtcDateTime, metadata, record_key, school_key

console_user = Table(
    "console_user",
    metadata,
    school_key(),
    record_key("login"),
    Column("role", String(40), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("disabled", Boolean, nullable=False),
    Column("sessions_ended_at", UtcDateTime),
    Column("staff_id", ID),
    Column("valid_from", UtcDateTime),
    Column("valid_to", UtcDateTime),
    Index(None, "login", unique=True),
    Index(None, "school_id", "staff_id", unique=True),
)

api_client = Table(
    "api_client",
    metadata,
    school_key(),
    record_key("client_id"),
    Column("name", String(200), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("secret_since", UtcDateTime),
    Column("former_secret_sha256", String(64)),
    Column("former_secret_until", UtcDateTime),
    Index(None, "client_id", unique=True),
)

access_token = Table(
    "access_token",
    metadata,
    school_key(),
    record_key("token_sha256"),
    Column("client_id", ID, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "token_sha256", unique=True),
)

request_count = Table(
    "request_count",
    metadata,
    Column("caller", String(200), primary_key=True),
    Column("window_start", UtcDateTime, nullable=False),
    Column("requests", Integer, nullable=False),
)
"""How many requests a caller has made in its present window: of callers, not of schools (see above)."""

portal_subscription = Table(
    "portal_subscription",
    metadata,
    school_key(),
    record_key("client_id"),
    record_key("guardian_id"),
    record_key("pupil_id"),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "school_id", "pupil_id"),
)
