#!/bin/bash
# Installs a real SLURM from Debian's packages, for the tests of this folder. Root only; does nothing when all is there.
set -euo pipefail
packages=(munge slurmctld slurmd slurm-client slurmdbd mariadb-server-core mariadb-client-core)
[ "$(id -u)" = 0 ] || { echo "install.sh: run me as root" >&2; exit 1; }

absent=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || absent+=("$package")
done
[ ${#absent[@]} -gt 0 ] || exit 0

# The packages would start their services, which have no configuration yet; the tests start the daemons themselves.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
fi
export DEBIAN_FRONTEND=noninteractive
timeout 300 apt-get -qq -o Acquire::Retries=3 update
# Recommended packages would bring graphics card libraries of several hundred MB.
timeout 300 apt-get -qq -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "${absent[@]}" >/dev/null
