// Package image tests the container images as those who run them find them. What packs them is the module image/write;
// the Makefile's targets image and image-stack call it. Where no container engine runs only what needs none is tested.
package image
