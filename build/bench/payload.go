package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A Payload is the arguments of a job: 256 bytes of JSON. Peers that take values get
// it as it is, the others encode it.
type Payload struct {
	Number string `json:"number"` // 16 digits, so that all are of one length
	Text   string `json:"text"`
}

const payloadSize = 256

// filler makes a payload payloadSize bytes long.
var filler = strings.Repeat("crema ", 60)[:payloadSize-len(`{"number":"0000000000000000","text":""}`)]

func payload(n int) Payload { return Payload{Number: fmt.Sprintf("%016d", n), Text: filler} }

// payloads gives n of them, numbered from first.
func payloads(first, n int) []Payload {
	ps := make([]Payload, n)
	for i := range ps {
		ps[i] = payload(first + i)
	}
	return ps
}

// N is the number that payload was given; -1 if it is not one of ours.
func (p Payload) N() int {
	n, err := strconv.Atoi(p.Number)
	if err != nil || p.Text != filler {
		return -1
	}
	return n
}

func (p Payload) encode() ([]byte, error) { return json.Marshal(p) }

func decode(b []byte) (p Payload, err error) {
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("payload of %d bytes: %w", len(b), err)
	}
	return p, nil
}
