// Package matlab reads MAT files of level 5 (-v6, -v7) and level 4 (-v4), and writes
// arrays of numbers at level 5:
//
//	128-byte header: 116 of text, 8 offset of the subsystem, 2 version 0x0100, 2 "MI" in the writer's byte order
//	element:  type uint32, size uint32, payload, padding to 8; payloads of ≤ 4 bytes: size<<16|type, 4 bytes of payload
//	matrix:   type 14: flags (class, complex, logical), dimensions, name, then what the class needs: numbers, fields, cells
//	numbers:  column-major, in any type that holds them (a double may be stored as uint8); the imaginary part after the real
//	variable: one matrix, or type 15: a zlib stream that inflates to one matrix (no padding)
//
// # Model
//
// [Open] reads headers only. [File.Variables] lists what the file holds, the
// unreadable with the reason; [File.Numeric] reads an array as a stream of
// float64, [File.Value] a whole tree of cells and structs. A name may reach
// into structs: "S.image.data". Integers beyond 2⁵³ are rounded to the nearest
// float64, as double(x) does.
//
// # Invariants
//
//   - No input makes the reader panic.
//   - A size in a file is a claim: memory is taken as bytes arrive, arrays nest
//     at most 64 deep, and a tree holds at most [MaxValueBytes].
//   - Errors name the byte; one bad variable leaves the others readable.
//   - A File may be read from many goroutines; a Stream belongs to one.
//
// # Not here
//
// Level 7.3, which is HDF5 ([ErrHDF5] says how to save again), function
// handles, objects, strings and tables (MATLAB does not document how they are
// stored), and writing anything but arrays of float64.
//
// Source: MathWorks, MAT-File Format, R2019b.
package matlab
