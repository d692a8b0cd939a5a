// Kyverno's command line, and its commands one after the other in one process.
//
// `kyverno ARGUMENTS` is upstream's program. `kyverno serve` answers calls from stdin on stdout, one at a time: upstream needs most of
// its time to start (types, schemas, environments of CEL), which does not have to be repeated for each question.
//
//	call    {"folder":"/where/it/runs","args":["apply","policies"],"verbose":true,"limit":67108864}, on a line
//	answer  {"code":0,"stdout":12,"stderr":0} on a line, then as many bytes of each; nothing follows one of more than `limit` bytes
//
// From call to call nothing is kept but what was parsed of upstream's own embedded files: `apply` makes its store anew, and kinds of
// `--crd-paths` are forgotten here. `verbose` stands for `-v 3`, which upstream reads once a process.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/commands"
	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/commands/apply"
	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/data"
	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/experimental"
	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/log"
	"github.com/kyverno/kyverno/pkg/logging"
	"github.com/kyverno/kyverno/pkg/version"
	"github.com/rs/zerolog"
)

type call struct {
	Folder  string   `json:"folder"`
	Args    []string `json:"args"`
	Verbose bool     `json:"verbose"`
	Limit   int64    `json:"limit"`
}

type answer struct {
	Code   int   `json:"code"`
	Stdout int64 `json:"stdout"`
	Stderr int64 `json:"stderr"`
}

func main() {
	version.BuildVersion = upstream()
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		if err := serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			os.Exit(1)
		}
		return
	}
	if err := log.Configure(); err != nil {
		fmt.Println("Error:", err)
		os.Exit(1)
	}
	root := commands.RootCommand(experimental.IsEnabled())
	root.PersistentFlags().AddGoFlagSet(flag.CommandLine)
	os.Exit(codeOf(root.Execute()))
}

// upstream is the version of Kyverno that go.mod pins; its own `version` would tell that of the program that it is in.
func upstream() string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			if module.Path == "github.com/kyverno/kyverno" {
				return module.Version
			}
		}
	}
	return "---"
}

func codeOf(err error) int {
	var warned apply.WarnExitCodeError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &warned):
		return warned.ExitCode
	default:
		return 1
	}
}

// serve answers calls until `in` ends. What commands print goes to files, since parts of upstream write to os.Stdout and os.Stderr by name.
func serve(in io.Reader, out io.Writer) error {
	var files [2]*os.File
	for i := range files {
		file, err := os.CreateTemp("", "said-")
		if err != nil {
			return err
		}
		defer os.Remove(file.Name())
		files[i] = file
	}
	os.Stdout, os.Stderr = files[0], files[1]
	if err := logging.Setup(logging.TextFormat, logging.DefaultTime, 3, false); err != nil {
		return err
	}
	told := zerolog.GlobalLevel()
	calls := json.NewDecoder(bufio.NewReader(in))
	for {
		var next call
		if err := calls.Decode(&next); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := os.Chdir(next.Folder); err != nil {
			return err
		}
		zerolog.SetGlobalLevel(zerolog.Disabled)
		if next.Verbose {
			zerolog.SetGlobalLevel(told)
		}
		if kinds := data.GetProcessor(); kinds != nil {
			kinds.UpdateResourceGroups(nil)
		}
		said := answer{Code: run(next.Args, &limited{files[0], next.Limit, func() { tooMuch(out, next.Limit) }})}
		for i, size := range []*int64{&said.Stdout, &said.Stderr} {
			end, err := files[i].Seek(0, io.SeekCurrent)
			if err != nil {
				return err
			}
			*size = end
		}
		if said.Stdout+said.Stderr > next.Limit {
			tooMuch(out, next.Limit)
		}
		if err := json.NewEncoder(out).Encode(said); err != nil {
			return err
		}
		for _, file := range files {
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				return err
			}
			if _, err := io.Copy(out, file); err != nil {
				return err
			}
			if err := file.Truncate(0); err != nil {
				return err
			}
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				return err
			}
		}
	}
}

// limited is a file that takes `left` bytes; then `over` is called.
type limited struct {
	file *os.File
	left int64
	over func()
}

func (to *limited) Write(text []byte) (int, error) {
	to.left -= int64(len(text))
	if to.left < 0 {
		to.over()
	}
	return to.file.Write(text)
}

// tooMuch says that a call printed more than `limit` bytes, and ends the process in the middle of it.
func tooMuch(out io.Writer, limit int64) {
	_ = json.NewEncoder(out).Encode(answer{Code: -1, Stdout: limit + 1})
	os.Exit(1)
}

// run is one call of the command line. A panic ends it as it ends a process of its own.
func run(args []string, out io.Writer) (code int) {
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Fprintf(os.Stderr, "panic: %v\n", problem)
			code = 2
		}
	}()
	root := commands.RootCommand(false)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(os.Stderr)
	return codeOf(root.Execute())
}
