// Command compile turns OPA's own conformance cases into WebAssembly modules, with OPA's compiler.
//
// usage: compile CASES OUT
//
// CASES is the folder of cases of OPA's source (v1/test/cases/testdata/v1). In OUT it writes cases.jsonl, one case a line
// (what the case says, the builtins it uses, and where its module is, or why it does not compile), and modules.bin, the
// modules one after the other, each deflated.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/types"
)

// Case is one line of cases.jsonl.
type Case struct {
	cases.TestCase
	// Folder is the family of cases, as OPA files them.
	Folder string `json:"folder"`
	// Term is the input of input_term as OPA prints it, with sets as sets.
	Term string `json:"term,omitempty"`
	// Builtins are the names of all that the modules and the query call.
	Builtins []string `json:"builtins"`
	// Syntax are the modules as OPA parses them, of those that may select from data by a number.
	Syntax []*ast.Module `json:"syntax,omitempty"`
	// Offset and Length say where in modules.bin the module is.
	Offset int `json:"offset"`
	Length int `json:"length"`
	// Problem is why there is no module.
	Problem string `json:"problem,omitempty"`

	module []byte
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: compile CASES OUT")
	}
	set, err := cases.Load(os.Args[1])
	if err != nil {
		fail(err)
	}
	compiled := compileAll(set.Cases)
	slices.SortFunc(compiled, func(a, b *Case) int {
		return cmp.Or(strings.Compare(a.Folder, b.Folder), strings.Compare(a.Note, b.Note))
	})
	if err := write(os.Args[2], compiled); err != nil {
		fail(err)
	}
}

func fail(problem any) {
	fmt.Fprintln(os.Stderr, problem)
	os.Exit(1)
}

func compileAll(set []cases.TestCase) []*Case {
	compiled := make([]*Case, len(set))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				compiled[i] = compile(set[i])
			}
		})
	}
	for i := range set {
		next <- i
	}
	close(next)
	workers.Wait()
	return compiled
}

func compile(tc cases.TestCase) (c *Case) {
	c = &Case{TestCase: tc, Folder: filepath.Base(filepath.Dir(tc.Filename)), Builtins: []string{}}
	defer func() {
		if r := recover(); r != nil {
			c.Problem = fmt.Sprint("panic: ", r)
		}
	}()
	caps := ast.CapabilitiesForThisVersion(ast.CapabilitiesExperimentalKeywords(tc.ExperimentalKeywords))
	// A function of OPA's tests that cases of cancelling call.
	sleep := types.NewFunction(types.Args(types.S), types.Nl)
	caps.Builtins = append(caps.Builtins, &ast.Builtin{Name: "test.sleep", Decl: sleep})
	c.Builtins = c.builtinsOf(tc, caps)
	if tc.InputTerm != nil {
		term, err := ast.ParseTerm(*tc.InputTerm)
		if err != nil {
			c.Problem = err.Error()
			return c
		}
		c.Term = term.String()
	}
	options := []func(*rego.Rego){
		rego.Query(tc.Query),
		rego.SetRegoVersion(ast.RegoV1),
		rego.Capabilities(caps),
		rego.FunctionDecl(&rego.Function{Name: "test.sleep", Decl: sleep}),
	}
	for i, module := range tc.Modules {
		options = append(options, rego.Module(fmt.Sprintf("module-%d.rego", i), module))
	}
	result, err := rego.New(options...).Compile(context.Background())
	if err != nil {
		c.Problem = err.Error()
		return c
	}
	c.module, err = deflate(result.Bytes)
	if err != nil {
		c.Problem = err.Error()
	}
	return c
}

func deflate(wasm []byte) ([]byte, error) {
	var deflated bytes.Buffer
	writer, err := flate.NewWriter(&deflated, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(wasm); err != nil {
		return nil, err
	}
	err = writer.Close()
	return deflated.Bytes(), err
}

// selects is what src/review/number-keys.ts looks for before it looks at the syntax.
var selects = regexp.MustCompile(`[\w"\]]\s*\[\s*\d`)

// builtinsOf names what modules and query call; of what does not parse, what was found.
func (c *Case) builtinsOf(tc cases.TestCase, caps *ast.Capabilities) []string {
	options := ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: caps, AllFutureKeywords: true}
	names := map[string]bool{}
	called := func(operator ast.Ref) {
		for _, builtin := range caps.Builtins {
			if builtin.Name == operator.String() {
				names[builtin.Name] = true
			}
		}
	}
	visitor := ast.NewGenericVisitor(func(node any) bool {
		switch node := node.(type) {
		case *ast.Expr:
			if node.IsCall() {
				called(node.Operator())
			}
			for _, with := range node.With {
				for _, term := range []*ast.Term{with.Target, with.Value} {
					if operator, ok := term.Value.(ast.Ref); ok {
						called(operator)
					}
				}
			}
		case ast.Call:
			if operator, ok := node[0].Value.(ast.Ref); ok {
				called(operator)
			}
		}
		return false
	})
	compiler := ast.NewCompiler().WithCapabilities(caps).WithEnablePrintStatements(false)
	modules := map[string]*ast.Module{}
	for i, text := range tc.Modules {
		name := fmt.Sprintf("module-%d.rego", i)
		if module, err := ast.ParseModuleWithOpts(name, text, options); err == nil {
			modules[name] = module
			if selects.MatchString(text) {
				c.Syntax = append(c.Syntax, module.Copy())
			}
		}
	}
	if compiler.Compile(modules); !compiler.Failed() {
		for _, module := range compiler.Modules {
			visitor.Walk(module)
		}
	}
	if query, err := ast.ParseBodyWithOpts(tc.Query, options); err == nil {
		visitor.Walk(query)
	}
	return slices.Sorted(maps.Keys(names))
}

func write(folder string, compiled []*Case) error {
	modules, err := os.Create(filepath.Join(folder, "modules.bin"))
	if err != nil {
		return err
	}
	lines, err := os.Create(filepath.Join(folder, "cases.jsonl"))
	if err != nil {
		return err
	}
	binary, text := bufio.NewWriter(modules), bufio.NewWriter(lines)
	// Cases that differ in their input only have the same module.
	offsets := map[[sha256.Size]byte]int{}
	end := 0
	encoder := json.NewEncoder(text)
	for _, c := range compiled {
		digest := sha256.Sum256(c.module)
		offset, known := offsets[digest]
		if !known {
			offset = end
			offsets[digest] = offset
			if _, err := binary.Write(c.module); err != nil {
				return err
			}
			end += len(c.module)
		}
		c.Offset, c.Length = offset, len(c.module)
		if err := encoder.Encode(c); err != nil {
			return err
		}
	}
	for _, err := range []error{binary.Flush(), text.Flush(), modules.Close(), lines.Close()} {
		if err != nil {
			return err
		}
	}
	return nil
}
