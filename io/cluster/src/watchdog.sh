# shellcheck shell=sh
# $1 the server program, $2 the scratch folder, $3 and $4 the data directory and the configuration file in it,
# $5 the installation's own libraries or nothing.
# Orders come in by standard input; its end is the last order.
postgres=$1 scratch=$2 data=$3 configuration=$4 libraries=$5
umask 077

# $1 the port, $2 the number of this start.
# The server's parent, in the background: it alone can wait for the server's end.
serve() {
    (
        if [ -n "$libraries" ]; then
            LD_LIBRARY_PATH=$libraries
            export LD_LIBRARY_PATH
        fi
        exec "$postgres" -D "$scratch/$data" -c "config_file=$scratch/$configuration" -c "port=$1" \
            </dev/null >>"$scratch/log" 2>&1
    ) &
    echo $! >"$scratch/pid"
    echo "$2" >"$scratch/started"
    wait $!
    echo $? >"$scratch/ended"
}

start() {
    rm -f "$scratch/started" "$scratch/ended" "$scratch/pid"
    serve "$1" "$2" &
    until [ -s "$scratch/started" ]; do sleep 0.01; done
}

# Fast, then immediate, then by force. A server that has just been born may miss a signal: repeat it.
stop() {
    turn=0
    while [ -s "$scratch/started" ] && [ ! -s "$scratch/ended" ]; do
        if [ $((turn % 50)) = 0 ]; then
            if [ $turn -lt 500 ]; then signal=INT; elif [ $turn -lt 1000 ]; then signal=QUIT; else signal=KILL; fi
            kill -$signal "$(cat "$scratch/pid")" 2>/dev/null
        fi
        turn=$((turn + 1))
        if [ $turn -gt 1500 ]; then break; fi
        sleep 0.02
    done
}

finish() {
    trap '' HUP INT TERM
    stop
    cd /
    rm -rf "$scratch"
    exit 0
}

trap finish HUP INT TERM
while read -r order port number; do
    case $order in
        start) start "$port" "$number" ;;
        stop) stop ;;
    esac
done
finish
