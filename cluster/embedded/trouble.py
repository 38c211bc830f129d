"""What an operator is told when something cannot start: one line that says what to do, and a stable code.

    Trouble
    ├── setting_unknown, setting_invalid, config_unreadable         what was asked for
    ├── file_limit, port_taken, port_denied, host_unusable          the machine
    ├── data_unusable, data_in_use, data_full, data_newer,
    │   data_unreadable, path_too_long, runtime_unusable            the place
    ├── redis_unreachable, redis_denied, redis_old,
    │   redis_no_functions, redis_evicts, redis_not_durable,
    │   redis_foreign, redis_cluster, redis_changed                 a Redis of the operator's
    ├── s3_unreachable, s3_denied, s3_no_bucket, s3_foreign,
    │   s3_changed                                                  a bucket of the operator's
    ├── backup_exists, backup_unwritable, backup_unreadable,
    │   backup_newer, backup_inconsistent, backup_overtaken         a backup
    ├── restore_not_empty, restore_differs, restore_failed,
    │   store_down                                                  what is backed up or restored into
    └── valkey_failed, objects_failed, engine_failed,
        not_running, not_stopped, interrupted,
        gateway_unknown, gateway_failed, drain_busy                 our own processes

There is one class: nobody catches one trouble to handle it differently from another.
"""


class Trouble(Exception):
    """It cannot go on like this; the text is one line and says what to do."""

    def __init__(self, code: str, text: str, passing: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.passing = passing  # the same again may go well: somebody killed a process of ours

    @property
    def text(self) -> str:
        """The line for a person."""
        return str(self.args[0])
