#!/bin/sh
# Installs what is missing on this machine, and only that.
#
#   scripts/setup.sh build   a C compiler and libclang (Rust must be here already)
#   scripts/setup.sh demo    the same, and some PostgreSQL, 14 or later
#   scripts/setup.sh test    the same, python3 with pip, to fetch the other majors, and what drivers of other languages and the provider
#                            of the tests of single sign-on run on
#
# With apt (as root, or through sudo where that asks no password) or with Homebrew; else it says what to install.
set -eu
cd "$(dirname "$0")/.."

main() {
    case ${1:-} in
        build) build ;;
        demo) build && postgresql ;;
        test) build && python && postgresql && languages ;;
        *) stop "usage: scripts/setup.sh build|demo|test" ;;
    esac
}

build() {
    rust
    have cc || have gcc || have clang || install "a C compiler" "gcc libc6-dev" ""
    libclang_is_here || install "libclang" "libclang-dev" ""
}

# PostgreSQL's parser is C; its bindings are made from its headers while building, by libclang and the headers that
# come with it. On macOS both are in the command line tools, which are the C compiler, too.
libclang_is_here() {
    [ "$(uname)" != Darwin ] || return 0
    [ -z "${LIBCLANG_PATH:-}" ] || return 0
    for headers in /usr/lib/llvm-*/lib/clang/*/include /usr/lib/clang/*/include /usr/lib64/clang/*/include \
        /usr/lib/llvm*/lib/clang/*/include; do
        [ -e "$headers/stddef.h" ] || continue
        for library in "$headers"/../../../libclang.so* "$headers"/../../../libclang-*.so* \
            "$headers"/../../../../libclang.so* /usr/lib/*/libclang.so* /usr/lib/*/libclang-*.so* /usr/lib64/libclang.so*; do
            case $library in *libclang-cpp*) continue ;; esac
            [ -e "$library" ] && return 0
        done
    done
    return 1
}

# Rust is never installed from here: it goes into the user's home, and how is the user's choice.
rust() {
    if ! have cargo && [ -x "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" ]; then
        stop "Rust is installed and not on the PATH. Run: . \"${CARGO_HOME:-$HOME/.cargo}/env\", then try again"
    fi
    have cargo || stop "Rust is missing: see https://rustup.rs (1.95 or later is needed), then try again"
    version=$(rustc --version 2>&1) || stop "cargo is here, and rustc does not run: $version"
    minor=$(echo "$version" | sed -n 's/^rustc 1\.\([0-9]*\).*/\1/p')
    if [ "${minor:-0}" -lt 95 ]; then
        if have rustup; then
            stop "$version is too old, 1.95 or later is needed. Run: rustup update stable"
        fi
        stop "$version is too old, 1.95 or later is needed: see https://rustup.rs, then try again"
    fi
}

python() {
    pip_is_here || install "python3 with pip" "python3 python3-pip" "python3"
    pip_is_here || stop "python3 with pip was installed and is still not found: is the folder of python3 on the PATH?"
}

pip_is_here() {
    python3 -m pip --version >/dev/null 2>&1
}

# The desk is tried with drivers of these languages, too.
languages() {
    { have node && have npm; } || install "Node.js with npm" "nodejs npm" "node"
    # A JDK, not a JRE: the test's session is Java's source.
    have javac || install "a JDK" "default-jdk-headless" "openjdk"
    [ -n "${PGWARD_TEST_PGJDBC:-}" ] || [ -e /usr/share/java/postgresql.jar ] || pgjdbc
}

pgjdbc() {
    if can_apt; then
        install "pgJDBC" "libpostgresql-jdbc-java" ""
    else
        stop "pgJDBC is missing: install it (on Debian it is called: libpostgresql-jdbc-java), or set PGWARD_TEST_PGJDBC to its jar"
    fi
}

postgresql() {
    if postgresql_is_here; then
        return
    fi
    if can_apt; then
        # The package would start a server of its own at once; ours is started and stopped by pgward alone.
        say "installing PostgreSQL with apt"
        apt install -y --no-install-recommends postgresql-common >/dev/null
        as_root sh -c 'mkdir -p /etc/postgresql-common/createcluster.d
            echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/zz-pgward-setup.conf'
        trap 'as_root rm -f /etc/postgresql-common/createcluster.d/zz-pgward-setup.conf' EXIT
        apt install -y --no-install-recommends postgresql >/dev/null
    else
        install "PostgreSQL" "postgresql" "postgresql@17"
    fi
    postgresql_is_here || stop "PostgreSQL was installed and is still not found: set PGWARD_PG_BIN to the folder of its programs"
}

# Where io/cluster looks, too.
postgresql_is_here() {
    for folder in "${PGWARD_PG_BIN:-}" "${PGWARD_PG_BIN:-}/bin" .cache/pg/*/bin \
        /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/lib64/pgsql-*/bin /usr/local/pgsql/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
        /home/linuxbrew/.linuxbrew/opt/postgresql@*/bin /Applications/Postgres.app/Contents/Versions/*/bin; do
        is_recent_server "$folder/postgres" && return 0
    done
    have postgres && is_recent_server "$(command -v postgres)"
}

is_recent_server() {
    [ -x "$1" ] || return 1
    major=$("$1" --version 2>/dev/null | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
    [ "${major:-0}" -ge 14 ]
}

# $1 what it is, $2 its packages for apt, $3 those for Homebrew ("" where macOS has another way)
install() {
    if can_apt; then
        say "installing $1 with apt"
        # shellcheck disable=SC2086 # several packages
        apt install -y --no-install-recommends $2 >/dev/null
    elif have brew && [ -n "$3" ]; then
        say "installing $1 with Homebrew"
        # shellcheck disable=SC2086 # several packages
        brew install --quiet $3
    elif have apt-get; then
        stop "$1 is missing, and this user may not install it. Run: sudo apt-get install $2"
    elif [ "$(uname)" = Darwin ] && [ -z "$3" ]; then
        stop "$1 is missing. Run: xcode-select --install"
    elif [ "$(uname)" = Darwin ]; then
        stop "$1 is missing. Install Homebrew (https://brew.sh) and try again, or run: brew install $3"
    else
        stop "$1 is missing. Install it with your system's package manager (on Debian it is called: $2)"
    fi
}

can_apt() {
    have apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

# The package lists may be missing or old on a fresh machine; they are fetched once, before the first use.
apt() {
    if [ -z "${lists_are_fresh:-}" ]; then
        as_root apt-get update -qq || stop "apt-get update failed: is there a network?"
        lists_are_fresh=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" || stop "apt-get $* failed"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

have() {
    command -v "$1" >/dev/null 2>&1
}

say() {
    echo "setup: $*" >&2
}

stop() {
    say "$*"
    exit 1
}

main "$@"
