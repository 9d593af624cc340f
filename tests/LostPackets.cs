using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Tests;

/// <summary>
/// Has the packets of one connection vanish, as on a path that drops them: the system throws away what comes for a socket before
/// TCP sees it, so that nothing is acknowledged, reset or told. Other connections go on. Linux, no rights needed.
/// </summary>
internal static class LostPackets
{
    /// <summary>Whether the system lets us.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux();

    /// <summary>From now on nothing arrives.</summary>
    public static void Begin(Socket socket)
    {
        const int socketLevel = 1, attachFilter = 26;
        const ushort returnConstant = 0x06;
        // A filter of one instruction, "keep 0 bytes" (man 7 socket): struct sock_fprog leads to a struct sock_filter.
        var instruction = Marshal.AllocHGlobal(8);
        try
        {
            Marshal.WriteInt64(instruction, returnConstant);
            Span<byte> program = stackalloc byte[2 * IntPtr.Size];
            program.Clear();
            program[0] = 1;
            MemoryMarshal.Write(program[IntPtr.Size..], instruction);
            socket.SetRawSocketOption(socketLevel, attachFilter, program);
        }
        finally
        {
            Marshal.FreeHGlobal(instruction);
        }
    }
}
