// Package api serves the Image Recognition REST API as the API reference
// describes it: paths, parameters and their defaults, limits, answers and error
// codes.
//
// A request passes these steps, and the first that fails answers it:
//
//  1. the path and the method (APIG.0101, AIS.0013), the announced size of the
//     body (APIG.0201);
//  2. the token, or the form, key, security token and date of the signature
//     (APIG.0301);
//  3. a place among those who work and wait (APIG.0308 when all are taken);
//  4. the body, within 12 MiB; the signature over it; the project (AIP.0003);
//  5. the parameters (AIS.0010 to 0015, and AIS.0501 or AIS.0203);
//  6. the picture: Base64, an uploaded file, or a guarded download (AIS.0022 to
//     0029), and its format and size by its header alone;
//  7. memory for it and a worker, first come, first served;
//  8. decoding and the algorithm, until done or the client is gone;
//  9. the answer.
//
// Two families of codes say the same things. The recognition APIs (tagging,
// recapture detection) answer AIS.05xx: the reference explains AIS.0504 with
// exactly their limits on sides. The enhancement APIs answer AIS.02xx, which
// speak of resolution and color depth.
//
// Super resolution takes the models ESPCN and SRCNN, and serves both with the
// same resampler.
package api
