// yaml-as-go reads lines of JSON {"yaml": TEXT} and writes each with what the API server reads there as JSON, or nothing
// where it refuses.
//
//	go run ./yaml-as-go < FILE > FILE    (in the folder above)
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"sigs.k8s.io/yaml"
)

type example struct {
	YAML string          `json:"yaml"`
	JSON json.RawMessage `json:"json,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var e example
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			panic(err)
		}
		read, err := yaml.YAMLToJSON([]byte(e.YAML))
		e.JSON = nil
		if err == nil {
			e.JSON = read
		}
		line, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		out.Write(append(line, '\n'))
	}
}
