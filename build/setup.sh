#!/usr/bin/env bash
# Brings the real programs that tests and benchmarks work against. Safe to run again: what is there is left alone.
set -euo pipefail

readonly PEERS=(
  restic rclone litmus vdirsyncer khard khal radicale xandikos nextcloudcmd openssl git chromium python3 sqlite3 unzip
  certutil cyrmaster saslpasswd2 idevicebackup2
)
# So that pages look in Chromium as they do on a phone.
readonly FONTS=(fonts-dejavu-core fonts-noto-color-emoji)
# Newer than a stable Debian has them. These are single static programs, so they run beside the system's own.
readonly NEWER=(restic rclone)
# What speaks to an iPhone on its cable, of both ages: since 1.4 it sees that the phone waits, and takes passwords unseen.
readonly IPHONE=(idevice_id ideviceinfo idevicepair idevicebackup2)
readonly NEWER_HOME="${XDG_CACHE_HOME:-$HOME/.cache}/sidekeep-peers"

say() { printf 'setup: %s\n' "$*"; }

missing_peers() {
  local name
  for name in "${PEERS[@]}"; do
    command -v "$name" >/dev/null || printf '%s\n' "$name"
  done
}

# Package and program have the same name in most cases.
package_of() {
  case $1 in
    nextcloudcmd) echo nextcloud-desktop-cmd ;;
    certutil) echo libnss3-tools ;;
    idevicebackup2) echo libimobiledevice-utils ;;
    saslpasswd2) echo sasl2-bin ;;
    # A mail server wants a program to send letters with, and would bring one that answers the network.
    cyrmaster) if [[ -x /usr/sbin/sendmail ]]; then echo cyrus-caldav; else printf '%s\n' cyrus-caldav msmtp-mta; fi ;;
    *) echo "$1" ;;
  esac
}

is_debian() {
  command -v apt-get >/dev/null && (. /etc/os-release && [[ " ${ID:-} ${ID_LIKE:-} " == *" debian "* ]])
}

# Third-party sources may be out of reach; the install that follows tells whether it matters.
refresh_lists() {
  say 'reading package lists'
  apt-get update -qq || say 'some package lists could not be read; going on with what is known'
}

# Packages ask policy-rc.d before they start a service; 101 means no.
made_policy=
forbid_services() {
  local policy=/usr/sbin/policy-rc.d
  [[ ! -e $policy ]] || return 0
  made_policy=$policy
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}
trap '[[ -z $made_policy ]] || rm -f "$made_policy"' EXIT

install_peers() {
  say "installing $*"
  forbid_services
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

# A service that came along with a program just now; what was here before stays as its owner has it.
not_with_the_computer() {
  local program=$1 service=$2
  [[ " ${missing[*]} " == *" $program "* ]] || return 0
  ! command -v systemctl >/dev/null || systemctl disable --quiet "$service" || say "$service may start with this computer"
}

# The archive this machine is set up with, whatever the format of its source lists.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | head -n 1
}

# Uses a second set of package lists of its own; the system's packages and lists stay as they are.
fetch_newer() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg apt=$NEWER_HOME/apt name
  mirror=$(debian_mirror)
  [[ -n $mirror && -e $keyring ]] || return 1
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/download" "$NEWER_HOME/bin"
  echo "deb [signed-by=$keyring] $mirror sid main" >"$apt/sources.list"
  # A mirror that lags behind has what we need; signatures are checked all the same.
  local options=(
    -qq -o Acquire::Check-Valid-Until=false -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
  )
  apt-get "${options[@]}" update || return 1
  (cd "$apt/download" && apt-get "${options[@]}" download "${NEWER[@]/%//sid}") || return 1
  for name in "${NEWER[@]}"; do
    dpkg -x "$apt/download/$name"_*.deb "$apt/root" || return 1
    "$apt/root/usr/bin/$name" version >/dev/null || return 1
    mv -f "$apt/root/usr/bin/$name" "$NEWER_HOME/bin/$name"
  done
  fetch_nextcloudcmd "$apt" "${options[@]}" || return 1
  fetch_iphone "$apt" "${options[@]}" || return 1
  rm -rf "$apt"
}

# A program that needs libraries of its own age: they come along, down to the loader, into a folder that nothing else looks into.
unpack_whole() {
  local apt=$1 package=$2 home=$3 options=("${@:4}") deb
  # With nothing said to be installed, all that it needs is fetched.
  : >"$apt/none-installed"
  rm -f "$apt"/cache/archives/*.deb
  apt-get "${options[@]}" -o "Dir::State::status=$apt/none-installed" \
    install -y --download-only --no-install-recommends "$package" || return 1
  rm -rf "$home"
  mkdir -p "$home"
  for deb in "$apt"/cache/archives/*.deb; do dpkg -x "$deb" "$home" || return 1; done
  rm -rf "$home/usr/share"
}

fetch_nextcloudcmd() {
  local apt=$1 home=$NEWER_HOME/nextcloud lib
  unpack_whole "$apt" "$(package_of nextcloudcmd)" "$home" "${@:2}" || return 1
  lib=$(dirname "$home"/usr/lib/*/ld-linux-*)
  cat >"$apt/nextcloudcmd" <<SCRIPT
#!/bin/sh
export QT_PLUGIN_PATH='$lib/qt6/plugins'
exec '$lib'/ld-linux-* --library-path '$lib:$lib/libproxy' '$home/usr/bin/nextcloudcmd' "\$@"
SCRIPT
  chmod 755 "$apt/nextcloudcmd"
  QT_QPA_PLATFORM=offscreen "$apt/nextcloudcmd" --version >/dev/null || return 1
  mv -f "$apt/nextcloudcmd" "$NEWER_HOME/bin/nextcloudcmd"
}

fetch_iphone() {
  local apt=$1 home=$NEWER_HOME/libimobiledevice lib name
  unpack_whole "$apt" "$(package_of idevicebackup2)" "$home" "${@:2}" || return 1
  lib=$(dirname "$home"/usr/lib/*/ld-linux-*)
  for name in "${IPHONE[@]}"; do
    cat >"$apt/$name" <<SCRIPT
#!/bin/sh
exec '$lib'/ld-linux-* --library-path '$lib' '$home/usr/bin/$name' "\$@"
SCRIPT
    chmod 755 "$apt/$name"
    "$apt/$name" --version >/dev/null || return 1
    mv -f "$apt/$name" "$NEWER_HOME/bin/$name"
  done
}

# Android's side of a cable, as Debian 13 has it, down to the loader, with the shell and the tools of Android. Programs start each
# other, so they are told for good where their libraries are. With them comes what locks the phone's side, which asks nobody for a
# password, into a network of its own.
readonly ANDROID=(adb adbd mksh toybox bwrap)
fetch_android() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg apt=$NEWER_HOME/apt-android home=$NEWER_HOME/android
  local deb lib program
  mirror=$(debian_mirror)
  [[ -n $mirror && -e $keyring ]] || return 1
  rm -rf "$apt" "$home"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$home" "$NEWER_HOME/bin"
  echo "deb [signed-by=$keyring] $mirror trixie main" >"$apt/sources.list"
  : >"$apt/none-installed"
  local options=(
    -qq -o Acquire::Check-Valid-Until=false -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
    -o "Dir::State::status=$apt/none-installed"
  )
  apt-get "${options[@]}" update || return 1
  apt-get "${options[@]}" install -y --download-only --no-install-recommends adb adbd mksh toybox bubblewrap patchelf || return 1
  for deb in "$apt"/cache/archives/*.deb; do dpkg -x "$deb" "$home" || return 1; done
  rm -rf "$home/usr/share"
  lib=$(dirname "$home"/usr/lib/*/ld-linux-*)
  for program in "$home"/usr/lib/android-sdk/platform-tools/{adb,adbd} "$home"/usr/bin/{mksh,toybox,bwrap}; do
    "$lib"/ld-linux-* --library-path "$lib" "$home/usr/bin/patchelf" --force-rpath --set-rpath "$lib/android:$lib" \
      --set-interpreter "$(echo "$lib"/ld-linux-*)" "$program" 2> >(grep -v '^warning: ' >&2) || return 1
    # Android's shell is the one that tells no version.
    "$program" --version &>/dev/null || "$program" -c true || return 1
    mv -f "$program" "$NEWER_HOME/bin/" || return 1
  done
  rm -rf "$apt"
}

mapfile -t missing < <(missing_peers)
newer_missing=
for name in "${NEWER[@]}" "${IPHONE[@]}" nextcloudcmd; do
  [[ -x $NEWER_HOME/bin/$name ]] || newer_missing=yes
done

android_missing=
for name in "${ANDROID[@]}"; do
  [[ -x $NEWER_HOME/bin/$name ]] || android_missing=yes
done

if [[ ${#missing[@]} -eq 0 && -z $newer_missing && -z $android_missing ]]; then
  say 'everything is here'
  exit 0
fi

mapfile -t packages < <(for name in "${missing[@]}"; do package_of "$name"; done)

if ! is_debian; then
  [[ ${#missing[@]} -eq 0 ]] || say "tests of what is missing will be skipped; please install: ${missing[*]}"
  exit 0
fi

if [[ ${#missing[@]} -gt 0 ]]; then
  if [[ $(id -u) -ne 0 ]]; then
    say 'tests of what is missing will be skipped; to install it:'
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends ${packages[*]}"
  else
    refresh_lists
    install_peers "${packages[@]}" "${FONTS[@]}"
    not_with_the_computer cyrmaster cyrus-imapd
    not_with_the_computer saslpasswd2 saslauthd
  fi
fi

if [[ -n $newer_missing ]]; then
  if [[ $(id -u) -eq 0 && -z $(debian_mirror) ]]; then refresh_lists; fi
  say "fetching the newest ${NEWER[*]} nextcloudcmd ${IPHONE[*]} into $NEWER_HOME"
  fetch_newer || say "Debian sid could not be reached; tests run with the system's own alone"
fi

if [[ -n $android_missing ]]; then
  if [[ $(id -u) -eq 0 && -z $(debian_mirror) ]]; then refresh_lists; fi
  say "fetching ${ANDROID[*]} of Debian 13 into $NEWER_HOME"
  fetch_android || say 'Debian 13 could not be reached; tests of the Android link will be skipped'
fi

say 'done'
