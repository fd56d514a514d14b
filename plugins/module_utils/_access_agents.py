# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents by which somebody else than the operator commands a node (runbook 1.1). Private to the collection."""

from __future__ import annotations

import typing as t

from ._access_processes import LONGEST_NAME, program_name, read_process
from ._access_words import HUMAN, all_of, by, info, typed, violation
from ._node_view import ViewError
from ._systemctl import as_typed
from ._text import one_line

if t.TYPE_CHECKING:
    from ._access_processes import Process
    from ._findings import Finding
    from ._node_view import NodeView


class Agent(t.NamedTuple):
    """A way to command a node beside sshd.

    :param packages: names of Debian's, Raspberry Pi's or its maker's packages.
    :param units: stems of its units, before ".service", ".socket" or an "@".
    :param programs: what it runs as.
    """

    name: str
    packages: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


AGENTS: t.Final = (
    Agent(
        "Raspberry Pi Connect", ("rpi-connect", "rpi-connect-lite"), ("rpi-connect",), ("rpi-connect", "rpi-connectd")
    ),
    Agent("TeamViewer", ("teamviewer", "teamviewer-host"), ("teamviewerd",), ("teamviewerd",)),
    Agent("AnyDesk", ("anydesk",), ("anydesk",), ("anydesk",)),
    Agent("RustDesk", ("rustdesk",), ("rustdesk",), ("rustdesk",)),
    Agent("RealVNC", ("realvnc-vnc-server",), ("vncserver-x11-serviced", "vncserver-virtuald"), ("vncserver-x11",)),
    Agent("TigerVNC", ("tigervnc-standalone-server", "tigervnc-scraping-server"), ("tigervncserver",), ("Xtigervnc",)),
    Agent("TightVNC", ("tightvncserver",), ("tightvncserver",), ("Xtightvnc",)),
    Agent("x11vnc", ("x11vnc",), ("x11vnc",), ("x11vnc",)),
    Agent("wayvnc", ("wayvnc",), ("wayvnc",), ("wayvnc",)),
    Agent(
        "GNOME Remote Desktop", ("gnome-remote-desktop",), ("gnome-remote-desktop",), ("gnome-remote-desktop-daemon",)
    ),
    Agent("xrdp", ("xrdp",), ("xrdp", "xrdp-sesman"), ("xrdp", "xrdp-sesman")),
    Agent("Cockpit", ("cockpit", "cockpit-ws"), ("cockpit",), ("cockpit-ws", "cockpit-tls")),
    Agent("Webmin", ("webmin",), ("webmin",), ("miniserv.pl",)),
    Agent("Shell In A Box", ("shellinabox",), ("shellinabox", "shellinaboxd"), ("shellinaboxd",)),
    Agent("ttyd", ("ttyd",), ("ttyd",), ("ttyd",)),
    Agent("GoTTY", ("gotty",), ("gotty",), ("gotty",)),
    Agent("tmate", ("tmate",), ("tmate",), ("tmate",)),
    Agent("Dropbear", ("dropbear", "dropbear-bin"), ("dropbear",), ("dropbear",)),
    Agent("tinysshd", ("tinysshd",), ("tinysshd",), ("tinysshd",)),
    Agent("telnet", ("telnetd", "inetutils-telnetd", "telnetd-ssl"), ("telnet", "telnetd"), ("telnetd", "in.telnetd")),
    Agent("rsh", ("rsh-server", "rsh-redone-server"), ("rsh", "rlogin"), ("in.rshd", "in.rlogind")),
    Agent("Mosh", ("mosh",), (), ("mosh-server",)),
    Agent("Eternal Terminal", ("et",), ("et",), ("etserver",)),
    Agent("Teleport", ("teleport",), ("teleport",), ("teleport",)),
    Agent("Salt", ("salt-minion",), ("salt-minion",), ("salt-minion",)),
    Agent("Puppet", ("puppet", "puppet-agent"), ("puppet", "pxp-agent"), ("puppet",)),
    Agent("Chef", ("chef", "cinc"), ("chef-client", "cinc-client"), ("chef-client", "cinc-client")),
    Agent("CFEngine", ("cfengine3",), ("cfengine3", "cf-execd"), ("cf-execd", "cf-serverd")),
    Agent("NRPE", ("nagios-nrpe-server",), ("nagios-nrpe-server",), ("nrpe",)),
    Agent("MeshCentral", ("meshagent",), ("meshagent",), ("meshagent",)),
    Agent("ScreenConnect", ("connectwisecontrol",), ("connectwisecontrol", "screenconnect"), ()),
    Agent("Dataplicity", ("dataplicity",), ("dataplicity",), ("dataplicity",)),
    Agent("remote.it", ("remoteit", "connectd"), ("remoteit", "remoteit-headless", "connectd"), ("connectd",)),
    Agent("balena", ("balena-engine",), ("balena-supervisor", "openbalena"), ("balena-supervisor",)),
    Agent("AWS Systems Manager", ("amazon-ssm-agent",), ("amazon-ssm-agent",), ("amazon-ssm-agent",)),
    Agent("Azure agent", ("waagent", "walinuxagent"), ("walinuxagent",), ("waagent",)),
    Agent("Google guest agent", ("google-guest-agent",), ("google-guest-agent",), ("google_guest_agent",)),
    Agent("ngrok", ("ngrok",), ("ngrok",), ("ngrok",)),
    Agent("cloudflared", ("cloudflared",), ("cloudflared",), ("cloudflared",)),
    Agent("Tailscale", ("tailscale",), ("tailscaled",), ("tailscaled",)),
    Agent("ZeroTier", ("zerotier-one",), ("zerotier-one",), ("zerotier-one",)),
    Agent("NetBird", ("netbird",), ("netbird",), ("netbird",)),
    Agent("autossh", ("autossh",), ("autossh",), ("autossh",)),
    Agent("PageKite", ("pagekite",), ("pagekite",), ("pagekite",)),
    Agent("frp", ("frp",), ("frpc", "frps"), ("frpc", "frps")),
)
_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_USER_FOLDERS = ("/etc/systemd/user", "/usr/lib/systemd/user", "/usr/local/lib/systemd/user")
_KINDS = (".service", ".socket")


def stem(unit: str) -> str:
    """Return a unit's name without instance and kind, "" where it is none that runs something."""
    base, dot, kind = unit.rpartition(".")
    return base.partition("@")[0].lower() if f"{dot}{kind}" in _KINDS else ""


def judge(
    agent: Agent, packages: t.Sequence[str], units: t.Sequence[str], processes: t.Sequence[Process]
) -> Finding | None:
    """Return the finding of an agent, None where the node has nothing of it.

    :param packages: those of its packages that are installed.
    :param units: paths of its units.
    """
    seen = [f"the package {name}" for name in packages]
    seen += [f"the unit {one_line(path, 120)}" for path in units]
    seen += [f"the process {program_name(process)}" for process in processes]
    if not seen:
        return None
    evidence = f"by {'; '.join(seen[:6])} somebody else than the operator may command the node"
    return violation(HUMAN, agent.name, evidence, by(_ending(packages, units, processes)))


def _ending(packages: t.Sequence[str], units: t.Sequence[str], processes: t.Sequence[Process]) -> str:
    names = [path.rpartition("/")[2] for path in units if "/systemd/system/" in path and "@" not in path]
    commands = []
    if names:
        commands += [as_typed("stop", *names), as_typed("disable", *names)]
    running = [process for process in processes if process.unit not in names]
    if running:
        commands.append(typed("kill", *(str(process.pid) for process in running)))
    if packages:
        commands.append(typed("apt-get", "remove", "--yes", *packages))
    own = [path for path in units if not path.startswith("/usr/lib/")]
    if own:
        commands.append(typed("rm", "-f", "--", *own))
    return all_of(*commands)


def look_at_agents(view: NodeView) -> t.Iterator[Finding]:
    """Judge whether the node has any of the agents that we know."""
    units = _units(view)
    processes = list(_processes(view))
    for agent in AGENTS:
        packages = [name for name in agent.packages if view.packages.version_of(name)]
        declared = [name for name in packages if name in view.declared.packages]
        if declared:
            yield info(HUMAN, agent.name, f"the inventory declares its package {declared[0]}")
            continue
        mine = [path for path, name in units.items() if name in agent.units]
        names = {program[:LONGEST_NAME] for program in agent.programs}
        running = [process for process in processes if program_name(process)[:LONGEST_NAME] in names]
        if found := judge(agent, packages, mine, running):
            yield found


def _units(view: NodeView) -> dict[str, str]:
    folders = [*_FOLDERS, *_USER_FOLDERS, *(f"{home.path}/.config/systemd/user" for home in view.homes)]
    found = {}
    for folder in folders:
        for name in view.names(folder):
            if stem(name):
                found[f"{folder}/{name}"] = stem(name)
    return found


def _processes(view: NodeView) -> t.Iterator[Process]:
    wanted = {program[:LONGEST_NAME] for agent in AGENTS for program in agent.programs}
    for entry in view.names("/proc"):
        if entry.isdecimal():
            try:
                name = (view.text(f"/proc/{entry}/comm") or "").strip()
            except ViewError:
                continue
            if name in wanted:
                yield read_process(view, entry)


__all__ = ("AGENTS", "Agent", "judge", "look_at_agents", "stem")
