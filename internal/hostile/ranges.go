package hostile

// privateLiterals are addresses of special purpose in their usual form.
func privateLiterals() []Address {
	row := func(name, host string) Address {
		shown := host
		if host[0] == '[' {
			shown = host[1 : len(host)-1]
		}
		return Address{Name: name, URL: "http://" + host + ":PORT/latest/meta-data/", Reason: invalidSpec, Says: shown + " is not " + openIt, Engine: badURL}
	}
	return []Address{
		row("loopback", "127.0.0.2"),
		row("loopback of IPv6", "[::1]"),
		row("no address", "0.0.0.0"),
		row("no address of IPv6", "[::]"),
		row("this network", "0.1.2.3"),
		row("private, 10/8", "10.0.0.1"),
		row("private, 172.16/12", "172.31.255.255"),
		row("private, 192.168/16", "192.168.1.1"),
		row("the address space of carriers", "100.64.0.1"),
		row("link-local", "169.254.1.1"),
		row("link-local of IPv6", "[fe80::1]"),
		row("site-local of IPv6", "[fec0::1]"),
		row("unique local", "[fd12:3456::1]"),
		row("the metadata of AWS, Azure, Google, Huawei and OpenStack", "169.254.169.254"),
		row("the metadata of AWS in IPv6", "[fd00:ec2::254]"),
		row("the metadata of Google in IPv6", "[fd20:ce::254]"),
		row("the metadata of OpenStack in IPv6", "[fe80::a9fe:a9fe]"),
		row("the credentials of ECS tasks", "169.254.170.2"),
		row("the metadata of Alibaba", "100.100.100.200"),
		row("the metadata of Oracle", "192.0.0.192"),
		row("the host services of Azure", "168.63.129.16"),
		row("IPv4 in IPv6", "[::ffff:169.254.169.254]"),
		row("IPv4 in IPv6, in hexadecimal", "[::ffff:a9fe:a9fe]"),
		row("IPv4 that is compatible with IPv6", "[::169.254.169.254]"),
		row("IPv4 that is translated", "[::ffff:0:169.254.169.254]"),
		row("NAT64", "[64:ff9b::169.254.169.254]"),
		row("NAT64 of a site", "[64:ff9b:1::a9fe:a9fe]"),
		row("6to4", "[2002:a9fe:a9fe::]"),
		row("Teredo", "[2001:0:a9fe:a9fe::1]"),
		row("multicast", "224.0.0.1"),
		row("multicast of IPv6", "[ff02::1]"),
		row("broadcast", "255.255.255.255"),
		row("reserved", "240.0.0.1"),
		row("documentation", "192.0.2.1"),
		row("documentation of IPv6", "[2001:db8::1]"),
		row("benchmarking", "198.18.0.1"),
		row("segment routing", "[5f00::1]"),
	}
}

// Zone is what the Internet's name server knows: for each name the addresses of
// one look-up after the other, of which the last is repeated. What is no address
// is another name.
var zone = map[string][][]string{
	"pictures.example": {{openHost}},
	"alias.example":    {{"pictures.example"}},

	"private.example":  {{"10.0.0.1"}},
	"loopback.example": {{"127.0.0.2", "::1"}},
	"mapped.example":   {{"::ffff:10.0.0.1"}},
	"nat64.example":    {{"64:ff9b::a00:1"}},
	"many.example":     {{"10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "fd00:ec2::254", "fe80::1"}},
	"mixed.example":    {{"10.0.0.1", openHost, "169.254.169.254", "::1"}},
	"changing.example": {{openHost}, {"169.254.169.254"}},
	"hidden.example":   {{"metadata.google.internal"}},

	"metadata.google.internal":             {{"169.254.169.254"}},
	"metadata.tencentyun.com":              {{"169.254.0.23"}},
	"metadata.azure.internal":              {{"168.63.129.16"}},
	"alibaba.example":                      {{"100.100.100.200"}},
	"instance-data.ec2.internal":           {{"169.254.169.254", "fd00:ec2::254"}},
	"kubernetes.default.svc.cluster.local": {{"10.96.0.1"}},
}

func names() []Address {
	row := func(name, host string) Address {
		return Address{Name: name, URL: "http://" + host + ":PORT/picture", Reason: invalidSpec, Says: host + " does not lead to " + openIt, Engine: badURL}
	}
	const found, once = "", 1
	return []Address{
		{Name: "the name of an open host", URL: "http://pictures.example:PORT/picture", Engine: found, Connections: once},
		{Name: "another name of an open host", URL: "http://alias.example:PORT/picture", Engine: found, Connections: once},
		{Name: "an open host and a password that is part of the query", URL: "http://pictures.example:PORT/picture?@10.0.0.1/#@10.0.0.1", Engine: found, Connections: once},
		{Name: "a name of public and private addresses", URL: "http://mixed.example:PORT/picture", Engine: found, Connections: once},
		{Name: "a name that nobody knows", URL: "http://nowhere.example/", Reason: unavailable, Says: "the server's host name does not exist", Engine: noAnswer},
		row("a name of a private address", "private.example"),
		row("a name of this machine", "loopback.example"),
		row("a name of IPv4 in IPv6", "mapped.example"),
		row("a name of NAT64", "nat64.example"),
		row("a name of many private addresses", "many.example"),
		row("a name of a name of the metadata service", "hidden.example"),
		row("the metadata name of Google", "metadata.google.internal"),
		row("the metadata name of Tencent", "metadata.tencentyun.com"),
		row("the host services' name of Azure", "metadata.azure.internal"),
		row("a name of Alibaba's metadata", "alibaba.example"),
		row("the metadata name of EC2", "instance-data.ec2.internal"),
		row("the API server's name", "kubernetes.default.svc.cluster.local"),
	}
}

func redirects() []Address {
	const plain = "the server redirects to something that is not a plain https:// or http:// address"
	const endless = 6 // the first and five more
	row := func(name, to, says, engine string) Address {
		return Address{Name: "a redirect " + name, URL: redirect(to), Reason: invalidSpec, Says: says, Engine: engine, Connections: 1}
	}
	metadata := "169.254.169.254 is not " + openIt
	return []Address{
		{Name: "a redirect to another name of an open host", URL: redirect("http://alias.example:PORT/picture"), Connections: 2},
		{Name: "a redirect to another path", URL: redirect("/picture"), Connections: 2},
		row("to the metadata service", "http://169.254.169.254/latest/meta-data/", metadata, badURL),
		row("to the metadata service with TLS", "https://169.254.169.254/", metadata, badURL),
		row("to the metadata service without a scheme", "//169.254.169.254/latest/meta-data/", metadata, badURL),
		row("to the metadata service as a number", "http://2852039166/", "2852039166 is not "+openIt, badURL),
		row("to a name of the metadata service", "http://metadata.google.internal/", "metadata.google.internal does not lead to "+openIt, badURL),
		row("to a private port", "http://10.0.0.1:22/", "10.0.0.1 is not "+openIt, badURL),
		row("to a file", "file:///etc/passwd", plain, badURL),
		row("to FTP", "ftp://pictures.example/picture", plain, badURL),
		row("to gopher", "gopher://pictures.example:6379/_FLUSHALL", plain, badURL),
		row("to data", "data:image/png;base64,iVBORw0KGgo=", plain, badURL),
		row("to mail", "mailto:ann@pictures.example", plain, badURL),
		row("to a user", "http://ann:SECRET@pictures.example:PORT/picture", plain, badURL),
		row("to a user that looks like the host", "http://pictures.example@10.0.0.1/", plain, badURL),
		row("to a zone", "http://[fe80::1%25eth0]/", plain, badURL),
		row("to port 0", "http://pictures.example:0/picture", plain, badURL),
		row("to no host", "http:///picture", plain, badURL),
		row("to five numbers", "http://1.2.3.4.5/", wrongHost, badURL),
		row("to what is no URL", "http://%zz/", plain, noAnswer),
		row("to a host with a blank", "http://10.0.0.1 .pictures.example/", plain, noAnswer),
		row("to nowhere", "", "the server redirects without saying where to (HTTP 302)", noAnswer),
		{Name: "a redirect in a circle", URL: "http://pictures.example:PORT/circle", Reason: invalidSpec, Says: "the server redirects more than 5 times", Engine: noAnswer, Connections: endless},
		{Name: "six redirects", URL: "http://pictures.example:PORT/hops/6", Reason: invalidSpec, Says: "the server redirects more than 5 times", Engine: noAnswer, Connections: endless},
		{Name: "five redirects", URL: "http://pictures.example:PORT/hops/5", Connections: endless},
		{Name: "a name that leads elsewhere the second time", URL: "http://changing.example:PORT/to?" + "http%3A%2F%2Fchanging.example%3APORT%2Fpicture", Reason: invalidSpec, Says: "changing.example does not lead to " + openIt, Engine: badURL, Connections: 1},
		{Name: "a page that refreshes to the metadata service", URL: "http://pictures.example:PORT/refresh", Connections: 1},
	}
}
