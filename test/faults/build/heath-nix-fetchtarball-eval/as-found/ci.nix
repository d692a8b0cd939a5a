{ system ? builtins.currentSystem }:
let
  # nixos-25.05, picked on 2026-09-01
  nixpkgs = builtins.fetchTarball {
    url = "https://github.com/NixOS/nixpkgs/archive/nixos-25.05.tar.gz";
    sha256 = "1k7m8qz7s0g2b1x9hvr2j0f6c1gk6vzw2k0wq1xq2cg5fqz5vfrp";
  };
  version = builtins.substring 0 8 (builtins.getEnv "CI_COMMIT_SHA");
  app = pkgs.callPackage ./nix/manifest-api.nix {
    inherit version;
    python = pkgs.python312;
  };
  pkgs = import nixpkgs { overlays = [ (import ./nix/overlay.nix) ]; };
  image = pkgs.dockerTools.buildLayeredImage {
    name = "manifest-api";
    tag = version;
    config.Cmd = [ "${app}/bin/manifest-api" ];
  };
in { inherit image app; }
