# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keycloak of the lab, started as in production: TLS, PostgreSQL, a build made beforehand. Pure: a layout in, a program out.

https://www.keycloak.org/server/all-config
"""
from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File, Link
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program

READY_SECONDS = 300.0  # the first start makes a hundred tables
# What the distribution's kc.sh passes. The script itself is left out: it stays Java's parent, and killed would leave Java behind, on its ports.
JAVA_OPTIONS = (
    # The quick compiler only: half the processor time of a start (14 instead of 27 s), and a server that few people use.
    "-XX:TieredStopAtLevel=1", "-Xms64m", "-Xmx512m", "-XX:MetaspaceSize=96M", "-XX:MaxMetaspaceSize=256m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8", "-Dsun.stdout.encoding=UTF-8", "-Dsun.err.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8",
    "-Djava.security.egd=file:/dev/urandom", "-Djdk.tls.rejectClientInitiatedRenegotiation=true",
    *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("util", "util.concurrent", "security", "lang")),
    "--enable-native-access=ALL-UNNAMED", "-Duser.language=en", "-Duser.country=US",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dpicocli.disable.closures=true", "-Dquarkus-log-max-startup-records=10000",
)
MAIN = "io.quarkus.bootstrap.runner.QuarkusEntryPoint"


def settings(layout: Layout, login: dict[str, t.Any], database: dict[str, t.Any]) -> str:
    """Returns keycloak.conf. login: the first administrator; database: the login to PostgreSQL, both as their credentials files hold them."""
    place = f"{database['host']}:{database['port']}/{database['database']}"
    values = {
        "hostname": layout.named_url("keycloak"),
        "http-host": layout.address,
        "https-port": layout.port("keycloak"),
        "https-certificate-file": layout.cert("keycloak"),
        "https-certificate-key-file": layout.key("keycloak"),
        "http-management-host": layout.address,
        "http-management-port": layout.port("keycloak-management"),
        # One server: with its default, «ispn», it would listen for others of its kind on the machine's outer address.
        "cache": "local",
        # What it trusts when it calls others, a directory of people or another identity provider, on top of Java's own authorities.
        "truststore-paths": layout.ca,
        "db-url": f"jdbc:postgresql://{place}?sslmode=verify-full&sslrootcert={layout.ca}",
        "db-username": database["username"],
        "db-password": database["password"],
        "db-pool-max-size": 50,
        # Read only while there is no realm «master»: once that is made, this account is like any other, and goes for good when it is deleted.
        "bootstrap-admin-username": login["username"],
        "bootstrap-admin-password": login["password"],
        "log-console-color": "false",
    }
    return "".join(f"{name}={value}\n" for name, value in sorted(values.items()))


def keycloak(layout: Layout, tools: dict[str, str], login: dict[str, t.Any], database: dict[str, t.Any]) -> Program:
    """Returns Keycloak. tools: ``java``, the program, and ``keycloak``, the folder of the built distribution.

    Its home is the instance's own, where it writes; the programs in it are a link to the distribution, which all instances share.
    """
    file = File(layout.path("config", "keycloak.conf"), settings(layout, login, database), secret=True)
    home = layout.path("keycloak")
    return Program(
        name="keycloak",
        argv=(
            tools["java"], *JAVA_OPTIONS, f"-Dkc.home.dir={home}", f"-Djboss.server.config.dir={home}/conf",
            "-cp", f"{home}/lib/quarkus-run.jar", MAIN, f"--config-file={file.path}", "start", "--optimized",
        ),
        wave=2,
        probe=Probe("https", f"{layout.url('keycloak-management')}/health/ready"),
        files=(file,),
        directories=tuple(Directory(layout.path("keycloak", *part)) for part in ((), ("conf",), ("data",), ("providers",), ("themes",))),
        links=(Link(f"{home}/lib", f"{tools['keycloak']}/lib"),),
        leaves=(Leaf("keycloak", "keycloak", names=("localhost", layout.address)),),
        slow=READY_SECONDS,
        stop_seconds=30,
    )
