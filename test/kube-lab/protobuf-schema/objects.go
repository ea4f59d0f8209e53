package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand"
	"reflect"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/cbor"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// objects gives, gzipped, a line of JSON per object: as protobuf, and as Go writes in JSON what it reads from there. Of
// each kind an empty one, one with every field, and two with some.
func objects(kinds []known) []byte {
	var lines bytes.Buffer
	zip, err := gzip.NewWriterLevel(&lines, gzip.BestCompression)
	check(err)
	for _, kind := range kinds {
		for variant, share := range []float64{0, 1, 0.7, 0.3} {
			seed := fnv.New64()
			fmt.Fprintf(seed, "%s %d", kind.GroupVersionKind, variant)
			f := &filler{rand.New(rand.NewSource(int64(seed.Sum64()))), share}
			object := reflect.New(kind.goType)
			if share > 0 {
				f.fill(object.Elem(), 0)
			}
			_, err := zip.Write(line(kind, object.Interface().(message), share < 0.5))
			check(err)
		}
	}
	check(zip.Close())
	return lines.Bytes()
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func line(kind known, object message, withCBOR bool) []byte {
	object.GetObjectKind().SetGroupVersionKind(kind.GroupVersionKind)
	var encoded bytes.Buffer
	check(protobuf.NewSerializer(nil, nil).Encode(object, &encoded))
	// What is read is what counts: protobuf cannot tell an empty list from none.
	raw, err := object.Marshal()
	check(err)
	read := reflect.New(kind.goType).Interface().(message)
	check(read.Unmarshal(raw))
	read.GetObjectKind().SetGroupVersionKind(kind.GroupVersionKind)
	encodings := map[string]any{"protobuf": encoded.Bytes(), "json": read}
	if withCBOR {
		var encoded bytes.Buffer
		check(cbor.NewSerializer(nil, nil).Encode(read, &encoded))
		encodings["cbor"] = encoded.Bytes()
	}
	text, err := json.Marshal(encodings)
	check(err)
	return append(text, '\n')
}

type filler struct {
	*rand.Rand
	// share of the fields that are filled
	share float64
}

const deepest = 14

var words = []string{"", "web", "a b", "ümläut-\u2028<&>", "0", "x\x00y", "\U0001f512"}
var documents = []string{`{"a":[1,null,{"b":"c"}]}`, `"text"`, `true`, `-1.5`, `{}`, `[]`}

func (f *filler) fill(v reflect.Value, depth int) {
	if f.special(v.Addr().Interface()) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(words[f.Intn(len(words))])
	case reflect.Bool:
		v.SetBool(f.Intn(4) > 0)
	case reflect.Int32:
		v.SetInt(int64(int32(f.Uint32()) >> f.Intn(32)))
	case reflect.Int64:
		v.SetInt(int64(f.Uint64()) >> (11 + f.Intn(53)))
	case reflect.Float64:
		v.SetFloat(f.NormFloat64() * 1000)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.length(depth), 2))
		for i := range v.Len() {
			if v.Type().Elem().Kind() == reflect.Uint8 {
				v.Index(i).SetUint(uint64(f.Intn(256)))
			} else {
				f.fill(v.Index(i), depth+1)
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range f.length(depth) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			key.SetString(fmt.Sprintf("key-%d", f.Intn(100)))
			f.fill(value, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Type != reflect.TypeFor[meta.TypeMeta]() && f.Float64() < f.share && !f.tooDeep(field.Type, depth) {
				f.fill(v.Field(i), depth+1)
			}
		}
		oneForm(v.Addr().Interface())
	default:
		panic("cannot fill " + v.Type().String())
	}
}

func (f *filler) length(depth int) int {
	if depth > 7 || f.share == 1 {
		return 1
	}
	return f.Intn(3)
}

// tooDeep ends what contains itself: schemas do, and so would a full one.
func (f *filler) tooDeep(t reflect.Type, depth int) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	_, is := special[t]
	if t.Kind() != reflect.Struct || is {
		return false
	}
	schema := t.PkgPath() == reflect.TypeFor[apiextensions.JSONSchemaProps]().PkgPath()
	return depth > deepest || (schema && depth > 9)
}

func (f *filler) special(at any) bool {
	switch v := at.(type) {
	case *resource.Quantity:
		*v = resource.MustParse([]string{"0", "250m", "1500m", "1Gi", "1000", "-3", "1e3", "0.5Ki"}[f.Intn(8)])
	case *meta.Time:
		if f.Intn(4) > 0 {
			*v = meta.NewTime(time.Unix(f.Int63n(4e9)-1e9, f.Int63n(1e9)))
		}
	case *meta.MicroTime:
		if f.Intn(4) > 0 {
			*v = meta.NewMicroTime(time.Unix(f.Int63n(4e9)-1e9, f.Int63n(1e9)))
		}
	case *meta.FieldsV1:
		v.SetRawString(`{"f:spec":{".":{},"f:replicas":{}}}`)
	case *intstr.IntOrString:
		*v = []intstr.IntOrString{intstr.FromInt32(0), intstr.FromInt32(-8080), intstr.FromString("25%"), intstr.FromString("")}[f.Intn(4)]
	case *runtime.RawExtension:
		v.Raw = []byte(documents[f.Intn(len(documents))])
	case *apiextensions.JSON:
		v.Raw = []byte(documents[f.Intn(len(documents))])
	default:
		return false
	}
	return true
}

// oneForm leaves a schema one of its forms, as JSON would.
func oneForm(at any) {
	switch v := at.(type) {
	case *apiextensions.JSONSchemaPropsOrBool:
		v.Allows = v.Allows || v.Schema != nil
	case *apiextensions.JSONSchemaPropsOrArray:
		if len(v.JSONSchemas) > 0 {
			v.Schema = nil
		}
	case *apiextensions.JSONSchemaPropsOrStringArray:
		if len(v.Property) > 0 {
			v.Schema = nil
		}
	}
}
