"""Every error that MoviePulse raises: what happened, where, what was expected, and the next command to run."""

from collections.abc import Mapping


class LakehouseError(Exception):
    """Raised when MoviePulse cannot go on; the text is complete for a person to act on.

    `hint` is the next command or step, and stands last in the message.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", expected: str = "", hint: str = "") -> None:
        lines = [what, where and f"where: {where}", expected and f"expected: {expected}", hint and f"next: {hint}"]
        super().__init__("\n  ".join(line for line in lines if line))


class Transient(LakehouseError):
    """Raised when the same call may succeed later; the only kind that flows retry."""

    exit_code = 75


class Terminal(LakehouseError):
    """Raised when a repeat would fail the same way."""


class SettingsInvalid(Terminal):
    """Raised when a setting is missing, unknown or out of bounds."""


class SetupIncomplete(Terminal):
    """Raised when Java, the jars or a command of the system is missing."""


class PortTaken(Terminal):
    """Raised when another process listens on a port that is needed."""


class BrokerRunning(Terminal):
    """Raised when a broker already runs on the data folder."""


class LakeLeased(Terminal):
    """Raised when another host already writes this lake."""


class HostUnreachable(Transient):
    """Raised when no streaming host answers on its Connect address."""


class KafkaUnavailable(Transient):
    """Raised when the broker does not answer or did not acknowledge every message."""


class MessageRefused(Terminal):
    """Raised when Kafka can never take a message, for example because it is too large."""


class TopicMissing(Terminal):
    """Raised when a topic does not exist; topics are never made by a typo."""


class EventRefused(Terminal):
    """Raised when an event that was sent breaks its contract; `fields` says what is wrong with each."""

    def __init__(self, what: str, fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(what, where=", ".join(self.fields))


class KeyFileInvalid(Terminal):
    """Raised when the collector's keys cannot be read, or a name in it is taken or unknown."""


class TmdbUnavailable(Transient):
    """Raised when TMDb kept failing (429, 5xx, broken connection, unreadable body) through all attempts."""


class TmdbRefused(Terminal):
    """Raised when TMDb refused the request itself: bad key, bad page, unknown id, invalid parameters."""


class TmdbNotFound(TmdbRefused):
    """Raised when TMDb has nothing under an id: it was never given, or its title was deleted."""


class SourceInvalid(Terminal):
    """Raised when a recorded file or a served body has not the shape of its source."""


class ContractBroken(Terminal):
    """Raised when a table in the lake, or a function's result, does not match its contract."""


class CheckpointLost(Terminal):
    """Raised when a table was written by a query whose checkpoint is gone; a new one would double its rows."""


class FolderUnusable(Terminal):
    """Raised when a folder that a person named is none, or cannot be written."""


class FolderTaken(Transient):
    """Raised when another run writes the same folder."""


class PostgresUnavailable(Transient):
    """Raised when PostgreSQL does not answer, or ends the connection."""


class PostgresRefused(Terminal):
    """Raised when PostgreSQL lets this user not in, or not do what an export does."""


class SchemaNewer(Terminal):
    """Raised when the database has migrations that this version of MoviePulse does not know."""


class ExportRunning(Transient):
    """Raised when another export writes the same database."""


class ExportDiffers(Terminal):
    """Raised when a table in PostgreSQL has not the rows of the table in the lake."""


class QueryRefused(Terminal):
    """Raised when Spark cannot run a statement that a person wrote."""


class PublishOvertaken(Transient):
    """Raised when another run published a table while this one was checking it."""


class NotPublished(Terminal):
    """Raised when a table is asked for that nothing has published yet."""


class VersionMissing(Terminal):
    """Raised when a table does not have a version that is asked for, or no longer has its log and files."""


class RollbackRefused(Terminal):
    """Raised when a table cannot be set back: no build publishes it, or it is at that version already."""


class CheckFailed(Terminal):
    """Raised when a critical expectation fails; what was published before stands."""


class BooksUnbalanced(Terminal):
    """Raised when bronze does not equal silver + duplicates + rejects."""


class ErasureIncomplete(Transient):
    """Raised when a table still has rows of a viewer who was erased: new events came in meanwhile."""


class Stopped(Transient):
    """Raised when a deadline passes before a condition holds."""
