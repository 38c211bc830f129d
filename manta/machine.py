"""What the machine must offer before anything starts: open files, and the port."""

import errno
import resource

from cluster.embedded.loopback import try_port
from cluster.embedded.trouble import Trouble


def raise_file_limit(least: int) -> int:
    """Take as many open files as we may have; Trouble when that is too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):  # macOS calls its hard limit endless, and then refuses it
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 10_240)), hard))
            soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft != resource.RLIM_INFINITY and soft < least:
        raise Trouble(
            "file_limit",
            f"only {soft} files may be open at a time, {least} are needed: raise the hard limit with"
            f" `ulimit -Hn {least}` as root, in /etc/security/limits.conf, or LimitNOFILE= of the service",
        )
    return soft


def require_port(host: str, port: int) -> None:
    """Refuse to start on a port that somebody has, or an address that is not ours."""
    try:
        try_port(port, host)
    except UnicodeError as error:  # what cannot even be asked of a name server
        raise _unusable(host, "no name of a machine") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            code, text = "port_taken", f"port {port} on {host} is taken: choose another"
        elif error.errno == errno.EACCES:
            code, text = "port_denied", f"port {port} is not for this user: choose one above 1023"
        else:
            raise _unusable(host, (error.strerror or str(error)).lower()) from error
        raise Trouble(code, f"{text} with --port N (or MANTA_PORT)") from error


def _unusable(host: str, why: str) -> Trouble:
    text = f"cannot listen on {host}: {why}; name an address of this machine with --host (or MANTA_HOST)"
    return Trouble("host_unusable", text)
