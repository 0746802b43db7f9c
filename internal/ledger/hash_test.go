package ledger_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

var (
	koala    = v1alpha1.ImageSource{URL: "https://example.com/koala.jpg?a=1&b=考拉"}
	koalaOBS = v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: "photos", Key: "koala.jpg"}}
)

// The hashes of this test are in the status of objects. They stay as they are for ever: with another value every finished object would be called, and
// billed, again.
func TestSpecHashStaysForEver(t *testing.T) {
	tests := []struct {
		name       string
		op         v1alpha1.Operation
		parameters map[string]string
		image      v1alpha1.ImageSource
		want       string
	}{
		{"no parameters, picture by URL", v1alpha1.OperationImageTagging, nil, koala, "0ffa4b45b853be7cf9ca4d44621c6ef6ef58b3ccdd3028e1742f4d5a1dbe1aae"},
		{
			"parameters, picture by URL", v1alpha1.OperationImageTagging,
			map[string]string{"language": "en", "limit": "10", "threshold": "60"}, koala, "6b2abf6c0836d9e34c9edc380bbc4b2c4e7530159cdcabd112cbb94449011104",
		},
		{"parameters, picture in OBS", v1alpha1.OperationDefog, map[string]string{"gamma": "1.5", "natural_look": "true"}, koalaOBS, "a044ada9b4e9efc494b7330d6bddc2b096cbeb47308255d9d5eeb25b13251c84"},
		{"empty parameters, picture in OBS", v1alpha1.OperationRecaptureDetection, map[string]string{}, koalaOBS, "7eb649e926330d711e438587e0932c5a2615fa7e56f97e87fcd1a6c37dbec727"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ledger.SpecHash(tt.op, tt.parameters, tt.image); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// See TestSpecHashStaysForEver; these are also in the metadata and the names of stored pictures.
func TestInputHashStaysForEver(t *testing.T) {
	identity := strings.Repeat("0123456789abcdef", 4)
	tests := []struct {
		name       string
		op         v1alpha1.Operation
		parameters map[string]string
		identity   string
		want       string
	}{
		{"no parameters", v1alpha1.OperationDarkEnhance, nil, identity, "776cafe1b8f0bf259351c02a4137db763b3ae84aad681b526baa50cce08d12c6"},
		{"parameters", v1alpha1.OperationSuperResolution, map[string]string{"model": "ESPCN", "scale": "3"}, identity, "d755f005505acedac686bf987de4eb86424fbc5a18872845b84b477c5ded8541"},
		{"a picture that is not known has no hash", v1alpha1.OperationImageTagging, map[string]string{"language": "en"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ledger.InputHash(tt.op, tt.parameters, tt.identity); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatMakesAnotherRun(t *testing.T) {
	const op = v1alpha1.OperationDefog
	hashes := map[string]string{
		"":                               ledger.SpecHash(op, map[string]string{"gamma": "1.5"}, koala),
		"another operation":              ledger.SpecHash(v1alpha1.OperationDarkEnhance, map[string]string{"gamma": "1.5"}, koala),
		"another value":                  ledger.SpecHash(op, map[string]string{"gamma": "1.6"}, koala),
		"another parameter":              ledger.SpecHash(op, map[string]string{"delta": "1.5"}, koala),
		"one parameter more":             ledger.SpecHash(op, map[string]string{"gamma": "1.5", "natural_look": "true"}, koala),
		"no parameter":                   ledger.SpecHash(op, nil, koala),
		"another URL":                    ledger.SpecHash(op, map[string]string{"gamma": "1.5"}, v1alpha1.ImageSource{URL: "https://example.com/"}),
		"a picture in OBS":               ledger.SpecHash(op, map[string]string{"gamma": "1.5"}, koalaOBS),
		"the input hash of the same run": ledger.InputHash(op, map[string]string{"gamma": "1.5"}, koala.URL),
	}
	seen := map[string]string{}
	for name, hash := range hashes {
		if other, twice := seen[hash]; twice {
			t.Errorf("%q has the hash of %q", name, other)
		}
		seen[hash] = name
	}
	if ledger.SpecHash(op, nil, koala) != ledger.SpecHash(op, map[string]string{}, koala) {
		t.Error("no parameters and empty parameters are two runs, want one")
	}
}

func TestNormalise(t *testing.T) {
	tests := []struct {
		in   v1alpha1.Decimal
		want string
	}{
		{"60", "60"},
		{"60.0", "60"},
		{"60.00", "60"},
		{"60.10", "60.1"},
		{"0.95", "0.95"},
		{"0.000001", "0.000001"},
		{"0", "0"},
		{"0.0", "0"},
		{"100", "100"},
		{"1000.000000", "1000"},
	}
	for _, tt := range tests {
		t.Run(string(tt.in), func(t *testing.T) {
			if got := ledger.Normalise(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add(uint16(60), uint32(0), uint8(2))
	f.Add(uint16(0), uint32(950000), uint8(6))
	f.Add(uint16(9999), uint32(999999), uint8(6))
	f.Add(uint16(1000), uint32(0), uint8(0))
	f.Fuzz(func(t *testing.T, whole uint16, fraction uint32, places uint8) {
		// Everything that the schema takes: up to four digits, and up to six after the point.
		d := fmt.Sprint(whole % 10_000)
		if digits := int(places % 7); digits > 0 {
			d += "." + fmt.Sprintf("%06d", fraction%1_000_000)[:digits]
		}
		got := ledger.Normalise(v1alpha1.Decimal(d))
		if again := ledger.Normalise(v1alpha1.Decimal(got)); again != got {
			t.Errorf("%q became %q and then %q", d, got, again)
		}
		before, _ := new(big.Rat).SetString(d)
		after, ok := new(big.Rat).SetString(got)
		if !ok || before.Cmp(after) != 0 {
			t.Errorf("%q became %q, which is another number", d, got)
		}
		if padded := ledger.Normalise(v1alpha1.Decimal(pad(d))); padded != got {
			t.Errorf("%q became %q, but %q became %q", pad(d), padded, d, got)
		}
	})
}

// pad writes the same number with one zero more.
func pad(d string) string {
	if strings.Contains(d, ".") {
		return d + "0"
	}
	return d + ".0"
}
