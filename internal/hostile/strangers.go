package hostile

import "encoding/binary"

// utf16 is text as Windows writes it.
func utf16(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, c := range s {
		b = binary.LittleEndian.AppendUint16(b, uint16(c))
	}
	return b
}

// strangers are files that are no pictures to either side.
func strangers() []Picture {
	row := func(name, data, what string) Picture {
		says := noPicture
		if what != "" {
			says += ": " + what
		}
		return Picture{name, []byte(data), says, unsupported}
	}
	return []Picture{
		row("a single byte", "\xff", ""),
		row("two bytes of a JPEG", "\xff\xd8", ""),
		row("a megabyte of zeros", string(make([]byte, 1<<20)), ""),
		row("an icon", "\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00", "it is an icon (ICO)"),
		row("an SVG that reads a file", `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>`, "it is an SVG drawing"+looksWrong),
		row("an SVG with a script", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "it is an SVG drawing"+looksWrong),
		row("a compressed SVG", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "it is gzip-compressed data"),
		row("an XML bomb", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>`, "it is an XML document"+looksWrong),
		row("a HEIC", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "it is a HEIC picture"),
		row("an AVIF", "\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1", "it is an AVIF picture"),
		row("a JPEG XL", "\xff\x0a\x00\x00\x00\x00", "it is a JPEG XL picture"),
		row("a JPEG 2000", "\x00\x00\x00\x0cjP  \r\n\x87\n", "it is a JPEG 2000 picture"),
		row("a TIFF whose directory is itself", "II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00", "it is a TIFF picture"),
		row("a TIFF of the other byte order", "MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x08", "it is a TIFF picture"),
		row("a TIFF of mixed byte orders", "II\x00*\x08\x00\x00\x00", ""),
		row("a Photoshop file", "8BPS\x00\x01\x00\x00\x00\x00\x00\x00\x00\x03", "it is a Photoshop file"),
		row("a PDF", "%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>", "it is a PDF document"),
		row("an archive", "PK\x03\x04\x14\x00\x00\x00\x08\x00", "it is a ZIP archive or office document"),
		row("a video", "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00", "it is an MP4 or QuickTime file"),
		row("a program", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", ""),
		row("a sound in the container of WebP", "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00", ""),
		row("a page that asks to sign in", "<!DOCTYPE html><html><title>Sign in</title>", "it is a web page"+looksWrong),
		row("an error document", "<Error><Code>AccessDenied</Code></Error>", "it is an XML document"+looksWrong),
		row("the credentials of a metadata service", `{"AccessKeyId":"ASIA","SecretAccessKey":"x"}`, "it is a JSON document"+looksWrong),
		row("a picture written as text", "data:image/png;base64,iVBORw0KGgo=", "it is a data: URL"+looksWrong),
		row("a pointer to a large file", "version https://git-lfs.github.com/spec/v1\noid sha256:00", "it is a Git LFS pointer"+looksWrong),
		row("text that begins like a bitmap", "BM, the magazine of bitmaps, volume 1", "it is text"+looksWrong),
		row("text of two bytes a letter", string(utf16("<html>")), ""),
	}
}
