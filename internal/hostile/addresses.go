package hostile

import (
	"net/url"
	"strings"
)

// Address is a URL that a tenant or a client may give for a picture.
type Address struct {
	// Name says what is the matter.
	Name string
	// URL has PORT where the port of the Internet's servers goes.
	URL string
	// Reason is the reason of the condition of the operator's object, and Says its
	// message; both are empty when the picture is read.
	Reason, Says string
	// Engine is the code with which the engine refuses it; empty when it reads the
	// picture.
	Engine string
	// Connections are how many are made. None goes anywhere but to the host
	// that is open.
	Connections int
}

// Addresses are all of them.
func Addresses() []Address {
	var all []Address
	for _, some := range [][]Address{schemes(), malformed(), disguised(), privateLiterals(), names(), redirects()} {
		all = append(all, some...)
	}
	return all
}

// The reasons of the operator.
const (
	invalidSpec = "InvalidSpec"
	unavailable = "SourceUnavailable"
)

// The engine's codes for an address.
const (
	nothing  = "AIS.0011"
	badURL   = "AIS.0022"
	noAnswer = "AIS.0029"
)

// What the operator says.
const (
	wrongScheme = "the address must begin with https:// or http://"
	wrongUser   = "the address must not hold a user name or password; use a signed URL, or a reference to OBS"
	wrongHost   = "the address has no valid host name"
	wrongPort   = "the port of the address must be 1 to 65535"
	wrongURL    = "the address is not a valid URL"
	openIt      = "a public address; the operator's --allow-cidrs or --allow-hosts can open it"
)

// refused is an address that is not dialled, and not looked up either.
func refused(name, address, says string) Address {
	return Address{Name: name, URL: address, Reason: invalidSpec, Says: says, Engine: badURL}
}

// schemes are addresses of something else than a web server.
func schemes() []Address {
	row := refused
	return []Address{
		{Name: "nothing", Reason: invalidSpec, Says: wrongScheme, Engine: nothing},
		row("a file", "file:///etc/passwd", wrongScheme),
		row("a file of a host", "file://pictures.example/etc/passwd", wrongScheme),
		row("FTP", "ftp://pictures.example/picture", wrongScheme),
		row("gopher, which speaks to anything", "gopher://pictures.example:6379/_FLUSHALL", wrongScheme),
		row("LDAP", "ldap://10.0.0.1/cn=x", wrongScheme),
		row("data", "data:image/png;base64,iVBORw0KGgo=", wrongScheme),
		row("a script", "javascript:alert(1)", wrongScheme),
		row("a picture in an archive", "jar:http://pictures.example:PORT/a.jar!/picture", wrongScheme),
		row("a URL in a URL", "url:http://10.0.0.1/", wrongScheme),
		row("a host alone", "pictures.example/picture", wrongScheme),
		row("no scheme", "//pictures.example:PORT/picture", wrongScheme),
		row("no slashes", "http:pictures.example:PORT/picture", wrongHost),
		row("one slash", "http:/10.0.0.1/", wrongHost),
		row("three slashes", "http:///10.0.0.1/", wrongHost),
	}
}

// malformed are addresses that different parsers take for different things.
func malformed() []Address {
	row := refused
	return []Address{
		row("a port alone", "http://:PORT/picture", wrongHost),
		row("a user", "http://ann@pictures.example:PORT/picture", wrongUser),
		row("a user and a password", "http://ann:SECRET@pictures.example:PORT/picture", wrongUser),
		row("an empty user", "http://@pictures.example:PORT/picture", wrongUser),
		row("a user that looks like the host", "http://pictures.example:PORT@10.0.0.1/", wrongUser),
		row("a user with an encoded @", "http://pictures.example%40@10.0.0.1/", wrongUser),
		row("a backslash before the host", `http:\\10.0.0.1\`, wrongHost),
		row("a backslash before an @", `http://pictures.example\@10.0.0.1/`, wrongURL),
		row("a backslash in the host", `http://10.0.0.1\.pictures.example/`, wrongURL),
		row("a line break in the path", "http://pictures.example:PORT/\r\nHost: 10.0.0.1", wrongURL),
		row("a line break in the host", "http://pictures.example\n10.0.0.1/", wrongURL),
		row("a zero in the host", "http://10.0.0.1\x00.pictures.example/", wrongURL),
		row("a tab in the host", "http://10.0.\t0.1/", wrongURL),
		row("a blank in the host", "http://10.0.0.1 .pictures.example/", wrongURL),
		row("a blank before the scheme", " http://pictures.example:PORT/picture", wrongURL),
		row("an encoded host", "http://%31%30.0.0.1/", wrongURL),
		row("encoded dots in the host", "http://10%2e0%2e0%2e1/", wrongURL),
		row("an encoded slash in the host", "http://pictures.example%2f@10.0.0.1/", wrongUser),
		row("an encoding that breaks off", "http://pictures.example/%", wrongURL),
		row("port 0", "http://pictures.example:0/picture", wrongPort),
		row("port 65536", "http://pictures.example:65536/picture", wrongPort),
		row("a port that is 80 in 16 bits", "http://pictures.example:65616/picture", wrongPort),
		row("a negative port", "http://pictures.example:-1/picture", wrongURL),
		row("a port of letters", "http://pictures.example:http/picture", wrongURL),
		row("two ports", "http://pictures.example:80:PORT/picture", wrongURL),
		row("a zone", "http://[fe80::1%25eth0]/", wrongHost),
		row("a zone of a public address", "http://[2606:4700::1111%25lo]/", wrongHost),
		row("a bracket that is not closed", "http://[::1/", wrongURL),
		row("a name in brackets", "http://[pictures.example]/", wrongURL),
		row("a URL of nine kilobytes", "http://pictures.example:PORT/picture?"+strings.Repeat("a", 9000), "the address is longer than 8192 bytes"),
		row("a URL of a megabyte", "http://"+strings.Repeat("a.", 1<<19), "the address is longer than 8192 bytes"),
	}
}

// disguised are hosts that some resolver or client takes for a private address.
func disguised() []Address {
	const notPublic = " is not " + openIt
	row := func(name, host, shown string) Address {
		return Address{Name: name, URL: "http://" + host + "/latest/meta-data/", Reason: invalidSpec, Says: shown + notPublic, Engine: badURL}
	}
	wrong := func(name, host string) Address {
		return Address{Name: name, URL: "http://" + host + "/", Reason: invalidSpec, Says: wrongHost, Engine: badURL}
	}
	// The engine leaves it to the resolver to say that there is no such name.
	unknown := func(name, host string) Address {
		a := wrong(name, host)
		a.Engine = noAnswer
		return a
	}
	return []Address{
		row("a decimal address", "2852039166", "2852039166"),
		row("a hexadecimal address", "0xa9fea9fe", "0xa9fea9fe"),
		row("a hexadecimal address in capitals", "0XA9FEA9FE", "0XA9FEA9FE"),
		row("a hexadecimal address with dots", "0xa9.0xfe.0xa9.0xfe", "0xa9.0xfe.0xa9.0xfe"),
		row("an octal address", "0251.0376.0251.0376", "0251.0376.0251.0376"),
		row("an octal address without dots", "025177524776", "025177524776"),
		row("an octal address with zeros before it", "0000251.0000376.0251.0376", "0000251.0000376.0251.0376"),
		row("an address of two numbers", "127.2", "127.2"),
		row("an address of three numbers", "169.254.43518", "169.254.43518"),
		row("an address of all kinds of numbers", "0xa9.0376.43518", "0xa9.0376.43518"),
		row("an address with a dot behind it", "169.254.169.254.", "169.254.169.254."),
		row("zero", "0", "0"),
		row("full-width digits", "１６９.２５４.１６９.２５４", "169.254.169.254"),
		row("digits in circles", "①⑥⑨.②⑤④.①⑥⑨.②⑤④", "169.254.169.254"),
		row("Chinese full stops", "169。254。169。254", "169.254.169.254"),
		wrong("five numbers", "1.2.3.4.5"),
		wrong("a number above 255", "256.0.0.1"),
		wrong("a decimal address above 32 bits", "4294967296"),
		wrong("a hexadecimal address above 32 bits", "0x1a9fea9fe"),
		wrong("an octal digit that there is not", "0189.0.0.1"),
		unknown("an empty label", "pictures..example"),
		wrong("a dot alone", "."),
		unknown("a label of 64 letters", strings.Repeat("a", 64)+".example"),
		unknown("a name of 300 letters", strings.Repeat("a.", 150)+"example"),
		unknown("a name with a comma", "pictures,example"),
	}
}

// redirect is where the open host sends whoever asks for it.
func redirect(to string) string {
	return "http://pictures.example:PORT/to?" + url.QueryEscape(to)
}
