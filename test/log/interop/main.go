// Checks a checkpoint and proofs with what Go itself checks its checksum database with: golang.org/x/mod/sumdb/note and tlog.
// Standard input: {key, note, index, record, proof, before: {size, root}, consistency}; hashes in base64.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"example.com/interop/note"
	"example.com/interop/tlog"
)

type given struct {
	Key, Note, Record string
	Index             int64
	Proof             []string
	Before            struct {
		Size int64
		Root string
	}
	Consistency []string
}

func hash(text string) tlog.Hash {
	parsed, err := tlog.ParseHash(text)
	if err != nil {
		log.Fatal(err)
	}
	return parsed
}

func hashes(texts []string) []tlog.Hash {
	parsed := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		parsed[i] = hash(text)
	}
	return parsed
}

func main() {
	var in given
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	verifier, err := note.NewVerifier(in.Key)
	if err != nil {
		log.Fatal(err)
	}
	opened, err := note.Open([]byte(in.Note), note.VerifierList(verifier))
	if err != nil {
		log.Fatal(err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	root := hash(lines[2])
	if err := tlog.CheckRecord(hashes(in.Proof), size, root, in.Index, tlog.RecordHash([]byte(in.Record))); err != nil {
		log.Fatal(err)
	}
	if err := tlog.CheckTree(hashes(in.Consistency), size, root, in.Before.Size, hash(in.Before.Root)); err != nil {
		log.Fatal(err)
	}
	fmt.Println("good", verifier.Name(), size)
}
