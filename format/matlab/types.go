package matlab

import "fmt"

// Class is what MATLAB's class(x) says, with "sparse" and "opaque" (strings,
// tables, objects of classdef) for arrays that are stored in their own ways.
type Class string

// The classes of variables.
const (
	ClassDouble   Class = "double"
	ClassSingle   Class = "single"
	ClassInt8     Class = "int8"
	ClassUint8    Class = "uint8"
	ClassInt16    Class = "int16"
	ClassUint16   Class = "uint16"
	ClassInt32    Class = "int32"
	ClassUint32   Class = "uint32"
	ClassInt64    Class = "int64"
	ClassUint64   Class = "uint64"
	ClassLogical  Class = "logical"
	ClassChar     Class = "char"
	ClassCell     Class = "cell"
	ClassStruct   Class = "struct"
	ClassSparse   Class = "sparse"
	ClassObject   Class = "object"
	ClassFunction Class = "function_handle"
	ClassOpaque   Class = "opaque"
)

// classOf maps the class codes of array flags.
var classOf = [18]Class{
	1: ClassCell, 2: ClassStruct, 3: ClassObject, 4: ClassChar, 5: ClassSparse,
	6: ClassDouble, 7: ClassSingle, 8: ClassInt8, 9: ClassUint8, 10: ClassInt16,
	11: ClassUint16, 12: ClassInt32, 13: ClassUint32, 14: ClassInt64,
	15: ClassUint64, 16: ClassFunction, 17: ClassOpaque,
}

// Numeric reports whether arrays of the class are dense numbers.
func (c Class) Numeric() bool {
	switch c {
	case ClassDouble, ClassSingle, ClassInt8, ClassUint8, ClassInt16, ClassUint16,
		ClassInt32, ClassUint32, ClassInt64, ClassUint64, ClassLogical:
		return true
	}
	return false
}

// Info describes a variable by its header.
type Info struct {
	Name string
	// Class is empty when the header itself could not be read.
	Class Class
	// Stored is the type of the numbers in the file, such as "uint16" for a
	// double that fits. Empty for cells, structs and sparse arrays.
	Stored string
	// Dims has at least two sizes; the first index varies fastest.
	Dims []int
	// Fields are the names of a struct's fields in their order.
	Fields  []string
	Complex bool
	Logical bool
	// Err says why the variable cannot be read; nil if the header promises
	// that it can.
	Err error
}

// dataType is the type code of an element.
type dataType uint32

const (
	miInt8       dataType = 1
	miUint8      dataType = 2
	miInt16      dataType = 3
	miUint16     dataType = 4
	miInt32      dataType = 5
	miUint32     dataType = 6
	miSingle     dataType = 7
	miDouble     dataType = 9
	miInt64      dataType = 12
	miUint64     dataType = 13
	miMatrix     dataType = 14
	miCompressed dataType = 15
	miUTF8       dataType = 16
	miUTF16      dataType = 17
	miUTF32      dataType = 18
)

var typeNames = [19]string{
	1: "int8", 2: "uint8", 3: "int16", 4: "uint16", 5: "int32", 6: "uint32",
	7: "single", 9: "double", 12: "int64", 13: "uint64", 14: "matrix",
	15: "compressed", 16: "utf8", 17: "utf16", 18: "utf32",
}

func (t dataType) String() string {
	if int64(t) < int64(len(typeNames)) && typeNames[t] != "" {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// size is the number of bytes of one number, 0 for types that hold none.
func (t dataType) size() int64 {
	switch t {
	case miInt8, miUint8, miUTF8:
		return 1
	case miInt16, miUint16, miUTF16:
		return 2
	case miInt32, miUint32, miSingle, miUTF32:
		return 4
	case miDouble, miInt64, miUint64:
		return 8
	}
	return 0
}
