package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Script is what the actor plays: one incarnation after another, the last one for ever.
type Script struct {
	Incarnations []Incarnation `json:"incarnations"`
}

// Incarnation is one life of the container.
type Incarnation struct {
	// Handlers says for each handler what it does from which second on; one that is not named succeeds.
	Handlers map[string][]Phase `json:"handlers"`
	// Exit ends the process by itself.
	Exit *Exit `json:"exit"`
	// Sigterm says how it takes SIGTERM; nil exits at once with status 0.
	Sigterm *Sigterm `json:"sigterm"`
}

// Phase is what a handler does from a second on, counted from the start of the process.
type Phase struct {
	From float64 `json:"from"`
	// Does is succeed, fail, hang, err (an answer that breaks off) or slow (succeeds after Takes seconds).
	Does  string  `json:"does"`
	Takes float64 `json:"takes"`
}

// Exit is when and how the process ends by itself.
type Exit struct {
	At   float64 `json:"at"`
	Code int     `json:"code"`
}

// Sigterm is how long after SIGTERM the process ends, and with which status; or that it does not care.
type Sigterm struct {
	After   float64 `json:"after"`
	Code    int     `json:"code"`
	Ignores bool    `json:"ignores"`
}

// Life is one incarnation under way.
type Life struct {
	Number int       `json:"number"`
	Start  time.Time `json:"start"`
	script Incarnation
}

// stateFolder outlives the container but not the pod, and is shared by the pod's containers.
func stateFolder() string {
	if folder := os.Getenv("STATE"); folder != "" {
		return folder
	}
	return "/state"
}

func lifeFile() string {
	return filepath.Join(stateFolder(), containerName()+".json")
}

func containerName() string {
	if name := os.Getenv("CONTAINER"); name != "" {
		return name
	}
	return "app"
}

func readScript() Script {
	var script Script
	if text := os.Getenv("SCRIPT"); text != "" {
		must(json.Unmarshal([]byte(text), &script))
	}
	if len(script.Incarnations) == 0 {
		script.Incarnations = []Incarnation{{}}
	}
	return script
}

// beginLife counts this incarnation and leaves its start for `actor check` to find.
func beginLife() Life {
	life := Life{Start: time.Now()}
	if previous, err := readLife(); err == nil {
		life.Number = previous.Number + 1
	}
	if content, err := json.Marshal(life); err == nil {
		// Without a folder for its state every life is the first one, which is what a pod without a script wants.
		partial := lifeFile() + ".partial"
		if os.WriteFile(partial, content, 0o644) == nil {
			_ = os.Rename(partial, lifeFile())
		}
	}
	life.script = readScript().incarnation(life.Number)
	return life
}

func currentLife() (Life, error) {
	life, err := readLife()
	if err == nil {
		life.script = readScript().incarnation(life.Number)
	}
	return life, err
}

func readLife() (Life, error) {
	var life Life
	content, err := os.ReadFile(lifeFile())
	if err == nil {
		err = json.Unmarshal(content, &life)
	}
	return life, err
}

func (script Script) incarnation(number int) Incarnation {
	return script.Incarnations[min(number, len(script.Incarnations)-1)]
}

// does says what a handler does now.
func (life Life) does(handler string) Phase {
	current := Phase{Does: "succeed"}
	age := time.Since(life.Start).Seconds()
	for _, phase := range life.script.Handlers[handler] {
		if age >= phase.From {
			current = phase
		}
	}
	return current
}

// note tells the test what happened: a line of JSON, sent to $NOTES where there is one, otherwise printed; nothing where
// that is "none".
func (life Life) note(event string, details ...string) {
	address := os.Getenv("NOTES")
	if address == "none" {
		return
	}
	fields := map[string]string{
		"at":          strconv.FormatFloat(float64(time.Now().UnixNano())/1e9, 'f', 4, 64),
		"pod":         os.Getenv("POD"),
		"container":   containerName(),
		"event":       event,
		"incarnation": strconv.Itoa(life.Number),
	}
	for index := 0; index+1 < len(details); index += 2 {
		fields[details[index]] = details[index+1]
	}
	line, err := json.Marshal(fields)
	must(err)
	if address != "" {
		// A datagram: nothing waits for the test, and a note of a dying process is not lost with its log.
		if connection, err := net.Dial("udp", address); err == nil {
			_, _ = connection.Write(line)
			_ = connection.Close()
		}
		return
	}
	fmt.Println(string(line))
}
