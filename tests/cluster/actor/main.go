// Actor plays a part in a test's pod: it answers probes, exits and takes signals as its script says, and writes down
// what happened.
//
//	actor pause        wait for SIGTERM; the first process of every pod
//	actor play         play the script in $SCRIPT, or answer everything at once when there is none
//	actor check NAME   what an exec probe runs: does what the script says that handler NAME does now
//	actor sleep SECS   wait, whatever signals come
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	verb, rest := "play", []string(nil)
	if len(os.Args) > 1 {
		verb, rest = os.Args[1], os.Args[2:]
	}
	switch {
	case verb == "pause":
		pause()
	case verb == "play":
		play()
	case verb == "check" && len(rest) == 1:
		os.Exit(check(rest[0]))
	case verb == "sleep" && len(rest) == 1:
		seconds, err := strconv.ParseFloat(rest[0], 64)
		must(err)
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(seconds2duration(seconds))
	default:
		fmt.Fprintln(os.Stderr, "usage: actor pause | play | check NAME | sleep SECONDS")
		os.Exit(2)
	}
}

// pause also collects the zombies that it inherits, where it is process 1 of a pod.
func pause() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if pid <= 0 || err != nil {
				break
			}
		}
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "actor:", err)
		os.Exit(2)
	}
}

func seconds2duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}
